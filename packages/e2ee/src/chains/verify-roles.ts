/** The roles of a room: signed by the founding device, which stands on its user's chain; their hash is the room id. */
import type { ClientId } from "@nimes/protocol/ids";
import { parseClientId, roomIdOf, userOf } from "@nimes/protocol/ids";
import type { Result } from "@nimes/protocol/result";
import { ok, refuse } from "@nimes/protocol/result";
import type { Signed } from "@nimes/protocol/schema";
import { RoomRoles } from "@nimes/protocol/signed/room-roles";
import { openSigned, peekSigned } from "@nimes/protocol/signed/signed";
import type { VerifiedRoles } from "../gate/verified-roles.ts";
import type { DirectoryLookup } from "./verified-user.ts";

/**
 * @param versions all versions, first version first; changing roles will add more.
 * @param directory must know the creator's user, see {@link creatorOf}.
 * @returns `wrong-signer` when the creator's device is on no verified chain or did not sign, `bad-signature`,
 *   `broken-chain`, or `malformed` when users are named twice, the creator is no owner, or a direct room has not two.
 */
export async function verifyRoles(
  versions: readonly Signed[],
  directory: DirectoryLookup,
): Promise<Result<VerifiedRoles>> {
  const [first, ...later] = versions;
  if (!first || later.length > 0) return refuse("broken-chain");
  const claimed = peekSigned(RoomRoles, first);
  if (!claimed.ok) return claimed;
  const user = directory(userOf(claimed.value.creator));
  if (!user || user === "unprovable") return refuse("wrong-signer");
  const device = user.devices.find(({ clientId }) => clientId === claimed.value.creator);
  if (!device) return refuse("wrong-signer");
  const opened = await openSigned("RoomRoles", RoomRoles, first, [device.deviceKey]);
  if (!opened.ok) return opened;
  const { kind, creator, version, users, orgId } = opened.value;
  const distinct = new Set(users.map(({ userId }) => userId));
  if (distinct.size !== users.length) return refuse("malformed", "/users");
  if (kind === "direct" && users.length !== 2) return refuse("malformed", "/users");
  if (users.find(({ userId }) => userId === userOf(creator))?.role !== "owner")
    return refuse("malformed", "/creator");
  if (parseClientId(creator)?.orgId !== orgId) return refuse("malformed", "/orgId");
  return ok({ roomId: roomIdOf(first.payload), kind, creator, version, users });
}

/** The device that claims to have founded the room; its user's chain is needed to verify the roles. */
export function creatorOf(versions: readonly Signed[]): ClientId | undefined {
  const [first] = versions;
  const claimed = first ? peekSigned(RoomRoles, first) : undefined;
  return claimed?.ok ? claimed.value.creator : undefined;
}
