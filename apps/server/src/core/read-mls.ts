/** What the server reads of MLS structures: whose group and epoch they are of, and the leaves that a GroupInfo claims. */
import { equalBytes } from "@nimes/protocol/bytes";
import { sha256 } from "@nimes/protocol/hash";
import type { ClientId } from "@nimes/protocol/ids";
import { parseGroupInfo } from "@nimes/protocol/mls/group-info";
import { fromMlsIdentity } from "@nimes/protocol/mls/identity";
import type { PublicCommit } from "@nimes/protocol/mls/public-commit";
import { parsePublicCommit } from "@nimes/protocol/mls/public-commit";
import { readMlsHeader } from "@nimes/protocol/mls-header";
import type { Result } from "@nimes/protocol/result";
import { ok, refuse } from "@nimes/protocol/result";
import type { ClaimedTree } from "./append-request.ts";

/** The group of a sealed message. @returns `malformed` unless it is one, of the epoch that its sender names. */
export function readMessage(bytes: Uint8Array, epoch: number): Result<{ groupId: Uint8Array }> {
  const header = readMlsHeader(bytes);
  if (!header.ok) return header;
  const message = header.value;
  const fits =
    message.wireFormat === "private-message" &&
    message.contentType === "application" &&
    message.epoch === epoch;
  return fits ? ok({ groupId: message.groupId }) : refuse("malformed", "/submission/bytes");
}

/**
 * The group of a commit that changes who is in the room, or nobody.
 * @param heals an external commit of a device that lost its place; nobody else may make one (M1).
 */
export function readCommit(
  bytes: Uint8Array,
  { epoch, heals }: { epoch: number; heals: boolean },
): Result<{ groupId: Uint8Array }> {
  const commit = parsePublicCommit(bytes);
  const fits = commit.ok && commit.value.epoch === epoch && hasPlainProposals(commit.value, heals);
  return fits ? ok({ groupId: commit.value.groupId }) : refuse("malformed", "/submission/bytes");
}

/** By value, and of no kind that gets somebody else a say (M1b, M11). */
function hasPlainProposals({ by, proposals }: PublicCommit, heals: boolean): boolean {
  if ((by === "joiner") !== heals) return false;
  const [main, also] = heals ? ["external-init", "remove"] : ["add", "remove"];
  const inits = proposals.filter(({ type }) => type === "external-init").length;
  return proposals.every(({ type }) => type === main || type === also) && inits === (heals ? 1 : 0);
}

/** @param claimed client ids that go beside it; the GroupInfo must show exactly these. */
export function readTree(
  groupInfo: Uint8Array,
  { groupId, epoch, claimed }: { groupId: Uint8Array; epoch: number; claimed: readonly ClientId[] },
): Result<ClaimedTree & { cipherSuite: number }> {
  const parsed = parseGroupInfo(groupInfo);
  if (!parsed.ok || parsed.value.epoch !== epoch || !equalBytes(parsed.value.groupId, groupId))
    return refuse("malformed", "/submission/groupInfo");
  const devices = parsed.value.leaves.flatMap(({ identity }) => {
    const clientId = identity && fromMlsIdentity(identity);
    return clientId ? [clientId] : [];
  });
  const shown = new Set(devices);
  // Two leaves with one client id would share one cursor, and core-crypto shows only one of them (M2b).
  const same =
    devices.length === parsed.value.leaves.length &&
    shown.size === devices.length &&
    claimed.length === devices.length &&
    claimed.every((clientId) => shown.has(clientId));
  return same
    ? ok({ devices, groupInfo, cipherSuite: parsed.value.cipherSuite })
    : refuse("malformed", "/submission/devices");
}

/** @returns the Welcome's hash; `malformed` unless it is one, of this suite. */
export function readWelcome(welcome: Uint8Array, cipherSuite: number): Result<Uint8Array> {
  const header = readMlsHeader(welcome);
  const fits = header.ok && header.value.wireFormat === "welcome" && header.value.cipherSuite === cipherSuite;
  return fits ? ok(sha256(welcome)) : refuse("malformed", "/submission/welcome");
}
