/** Who sends a Welcome: core-crypto does not show who made one, so whoever did signs it with the device key. */
import { equalBytes, fromHex } from "@nimes/protocol/bytes";
import { sha256 } from "@nimes/protocol/hash";
import type { UserId } from "@nimes/protocol/ids";
import { userOf } from "@nimes/protocol/ids";
import type { Awaited } from "@nimes/protocol/roles/awaited";
import { openSigned, peekSigned } from "@nimes/protocol/signed/signed";
import { WelcomeProof } from "@nimes/protocol/signed/welcome-proof";
import type { DirectoryLookup } from "../chains/verified-user.ts";
import type { GateReason, Invitation, WelcomeOrigin } from "../e2ee.ts";
import { endedDevice, standingDevice } from "./chain-lookup.ts";
import type { VerifiedRoles } from "./verified-roles.ts";

/** `hasEnded`: signed by a device that has ended since, or that says so: its word counts no more. */
export type CheckedProof =
  | ({ holds: true; hasEnded: boolean; awaited?: Awaited } & WelcomeOrigin)
  | { holds: false; reason: GateReason };
const fails = (reason: GateReason): CheckedProof => ({ holds: false, reason });

/** Whose chain is needed to check it, as the proof claims. */
export function authorOfProof({ proof }: Pick<Invitation, "proof">): UserId[] {
  const claimed = peekSigned(WelcomeProof, proof);
  return claimed.ok ? [userOf(claimed.value.author)] : [];
}

/**
 * Whether a device that stands, or once stood, has signed exactly this Welcome, for this room, this group and these roles.
 * @param roles as verified; a chain that ends before the version in force is refused.
 * @param context.now own clock, milliseconds.
 * @returns the author, or why not; `unreadable` for whatever a server can have spoilt on the way.
 */
export async function checkWelcomeProof(
  invitation: Invitation,
  roles: VerifiedRoles,
  { directory, now }: { directory: DirectoryLookup; now: number },
): Promise<CheckedProof> {
  const claimed = peekSigned(WelcomeProof, invitation.proof);
  if (!claimed.ok) return fails("unreadable");
  const standing = standingDevice(directory, claimed.value.author, now);
  const device = standing ?? endedDevice(directory, claimed.value.author);
  if (!device) return fails("not-on-chain");
  const opened = await openSigned("WelcomeProof", WelcomeProof, invitation.proof, [device.deviceKey]);
  if (!opened.ok) return fails("unreadable");
  const { roomId, groupId, welcome, commit, rolesVersion, rolesHash, awaited, author } = opened.value;
  if (!equalBytes(welcome, sha256(invitation.welcome))) return fails("unreadable");
  if (roomId !== invitation.roomId || !equalBytes(groupId, fromHex(invitation.groupId)))
    return fails("wrong-room");
  if (rolesVersion !== roles.version || !equalBytes(rolesHash, roles.hash)) return fails("wrong-room");
  return { holds: true, hasEnded: !standing, author, commit, ...(awaited && { awaited }) };
}
