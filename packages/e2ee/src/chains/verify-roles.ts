/**
 * The chain of a room's roles. Version 1 names the room and is judged by itself: its author's client id binds the key that
 * signed, so the founder's new phone, or none, ends no room. Each later version is signed by a device that stands on a
 * verified chain of its user, ended ones included, and changes what the version before it allows.
 */
import { equalBytes } from "@nimes/protocol/bytes";
import type { ClientId, UserId } from "@nimes/protocol/ids";
import { deviceIdOf, deviceOf, roomIdOf, userOf } from "@nimes/protocol/ids";
import type { Result } from "@nimes/protocol/result";
import { ok, refuse } from "@nimes/protocol/result";
import { checkContinues, checkRoles, couldBeAllowed } from "@nimes/protocol/roles/judge-roles-change";
import type { Signed } from "@nimes/protocol/schema";
import { rolesHash } from "@nimes/protocol/signed/hashes";
import { RoomRoles } from "@nimes/protocol/signed/room-roles";
import { openSigned, peekSigned } from "@nimes/protocol/signed/signed";
import type { VerifiedRoles } from "../gate/verified-roles.ts";
import type { DirectoryLookup } from "./verified-user.ts";

/**
 * @param versions all versions, first version first.
 * @param directory must know the users of {@link authorsOf}.
 * @returns the last version; `wrong-signer` when an author is on no verified chain or did not sign, `bad-signature`,
 *   `broken-chain`, `forbidden` for a change that nobody's presence could have allowed, or `malformed`. Whether the people
 *   who were there allowed it is judged by whoever knows the log.
 */
export async function verifyRoles(
  versions: readonly Signed[],
  directory: DirectoryLookup,
): Promise<Result<VerifiedRoles>> {
  const [first, ...later] = versions;
  if (!first) return refuse("broken-chain");
  const founding = await verifyFirst(first);
  if (!founding.ok) return founding;
  const roomId = roomIdOf(first.payload);
  let before = { roles: founding.value, payload: first.payload };
  for (const signed of later) {
    const next = await verifyNext(before, signed, directory);
    if (!next.ok) return next;
    before = { roles: next.value, payload: signed.payload };
  }
  const { kind, author, version, users } = before.roles;
  return ok({ roomId, kind, author, version, hash: rolesHash(before.payload), users });
}

/** One further version behind a verified one. @param before its payload, too. @returns as {@link verifyRoles}. */
export async function verifyNext(
  before: { roles: RoomRoles; payload: Uint8Array },
  signed: Signed,
  directory: DirectoryLookup,
): Promise<Result<RoomRoles>> {
  const claimed = peekSigned(RoomRoles, signed);
  if (!claimed.ok) return claimed;
  const keys = keysOf(claimed.value.author, directory);
  const [key] = keys.filter((one) => signed.signatures.some((by) => equalBytes(by.key, one)));
  if (!key) return refuse("wrong-signer");
  const opened = await openSigned("RoomRoles", RoomRoles, signed, [key]);
  if (!opened.ok) return opened;
  const continues = checkContinues(before, opened.value);
  if (!continues.ok) return continues;
  const allowed = couldBeAllowed(before.roles, opened.value);
  return allowed.ok ? opened : allowed;
}

/** Users whose chains are needed to verify the roles: whoever signed a version behind the first. */
export const authorsOf = (versions: readonly Signed[]): UserId[] => [
  ...new Set(
    versions.slice(1).flatMap((signed) => {
      const claimed = peekSigned(RoomRoles, signed);
      return claimed.ok ? [userOf(claimed.value.author)] : [];
    }),
  ),
];

async function verifyFirst(signed: Signed): Promise<Result<RoomRoles>> {
  const claimed = peekSigned(RoomRoles, signed);
  if (!claimed.ok) return claimed;
  if (claimed.value.version !== 1) return refuse("broken-chain");
  const sound = checkRoles(claimed.value);
  if (!sound.ok) return sound;
  const deviceId = deviceOf(claimed.value.author);
  const by = signed.signatures.find(({ key }) => deviceIdOf(key) === deviceId);
  return by ? openSigned("RoomRoles", RoomRoles, signed, [by.key]) : refuse("wrong-signer");
}

/** Device keys that a client id has on its user's verified chains. */
function keysOf(author: ClientId, directory: DirectoryLookup): Uint8Array[] {
  const user = directory(userOf(author));
  if (!user || user === "unprovable") return [];
  return [...user.devices, ...user.ended]
    .filter(({ clientId }) => clientId === author)
    .map(({ deviceKey }) => deviceKey);
}
