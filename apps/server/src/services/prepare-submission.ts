/** Checks of a submission what needs no store: signatures, MLS structures, and that they are about each other. */
import { equalBytes } from "@nimes/protocol/bytes";
import { encodeCbor } from "@nimes/protocol/cbor";
import type { Submission, SubmitFrame } from "@nimes/protocol/frames/client-frames";
import { sha256 } from "@nimes/protocol/hash";
import type { ClientId, RoomId } from "@nimes/protocol/ids";
import { parseClientId, roomIdOf } from "@nimes/protocol/ids";
import { limits } from "@nimes/protocol/limits";
import type { Result } from "@nimes/protocol/result";
import { ok, refuse } from "@nimes/protocol/result";
import { checkRoles } from "@nimes/protocol/roles/judge-roles-change";
import type { Signed } from "@nimes/protocol/schema";
import { Refounding, refoundedEpoch } from "@nimes/protocol/signed/refounding";
import { RejoinProof } from "@nimes/protocol/signed/rejoin-proof";
import { RoomLeave } from "@nimes/protocol/signed/room-leave";
import { RoomRoles } from "@nimes/protocol/signed/room-roles";
import { openSigned, peekSigned } from "@nimes/protocol/signed/signed";
import { WelcomeProof } from "@nimes/protocol/signed/welcome-proof";
import type { AppendRequest, ClaimedWelcome, Prepared } from "../core/append-request.ts";
import { submissionHashOf } from "../core/entry-hash.ts";
import { readCommit, readMessage, readTree, readWelcome } from "../core/read-mls.ts";
import type { DeviceIdentity } from "./sign-in.ts";

type Of<Kind extends Submission["kind"]> = Extract<Submission, { kind: Kind }>;
type Read = { what: Prepared; bytes: Uint8Array };
type By = { device: DeviceIdentity; roomId: RoomId; keyOf: KeyOf };
/** Key of a device that the directory has. */
export type KeyOf = (clientId: ClientId) => Promise<Uint8Array | undefined>;

/** @param at.time server's clock, milliseconds. @returns what the store is asked to append, or why it need not be asked. */
export async function prepareSubmission(
  device: DeviceIdentity,
  { roomId, submissionId, submission }: SubmitFrame,
  { time, keyOf }: { time: number; keyOf: KeyOf },
): Promise<Result<AppendRequest>> {
  const read = await readSubmission(submission, { device, roomId, keyOf });
  if (!read.ok) return read;
  return ok({
    roomId,
    submissionId,
    sender: device.clientId,
    time,
    submissionHash: submissionHashOf(submission),
    ...read.value,
    ...("devices" in submission && { devices: submission.devices }),
  });
}

function readSubmission(submission: Submission, by: By): Result<Read> | Promise<Result<Read>> {
  switch (submission.kind) {
    case "application":
      return readApplication(submission);
    case "commit":
      return readCommitSubmission(submission, by);
    case "refound":
      return readRefounding(submission, by);
    case "found":
    case "roles":
      return readRoles(submission, by);
    case "leave":
      return readLeave(submission, by);
  }
}

function readApplication({ bytes, epoch }: Of<"application">): Result<Read> {
  const message = readMessage(bytes, epoch);
  return message.ok ? ok({ what: { kind: "application", epoch, ...message.value }, bytes }) : message;
}

async function readRoles(submission: Of<"found" | "roles">, by: By): Promise<Result<Read>> {
  const { kind, roles: signed } = submission;
  const claimed = peekSigned(RoomRoles, signed);
  if (!claimed.ok) return claimed;
  const { author } = claimed.value;
  // What the server has lost with a restored backup is brought by whoever has it.
  const isOthers = kind === "roles" && author !== by.device.clientId;
  const key = isOthers ? await by.keyOf(author) : by.device.deviceKey;
  if (!key) return refuse("wrong-signer", "/submission/roles");
  const opened = await openSigned("RoomRoles", RoomRoles, signed, [key]);
  if (!opened.ok) return opened;
  const roles = opened.value;
  const sound = checkRoles(roles);
  const isFirst = roles.version === 1;
  const fits = isFirst === (kind === "found") && (!isFirst || roomIdOf(signed.payload) === by.roomId);
  if (!sound.ok || !fits) return refuse("malformed", "/submission/roles");
  const what: Prepared =
    kind === "found" && submission.again
      ? { kind, roles, payload: signed.payload, again: true }
      : { kind, roles, payload: signed.payload };
  return ok({ what, bytes: encodeCbor(signed) });
}

async function readLeave({ leave }: Of<"leave">, { device, roomId }: By): Promise<Result<Read>> {
  const opened = await openSigned("RoomLeave", RoomLeave, leave, [device.deviceKey]);
  if (!opened.ok) return opened;
  const { value } = opened;
  const fits =
    value.roomId === roomId &&
    value.device === device.clientId &&
    value.orgId === parseClientId(device.clientId)?.orgId;
  return fits
    ? ok({ what: { kind: "leave", groupId: value.groupId, epoch: value.epoch }, bytes: encodeCbor(leave) })
    : refuse("malformed", "/submission/leave");
}

async function readCommitSubmission(submission: Of<"commit">, by: By): Promise<Result<Read>> {
  const { bytes, epoch, groupInfo, devices } = submission;
  const heals = submission.rejoin !== undefined;
  const commit = readCommit(bytes, { epoch, heals });
  if (!commit.ok) return commit;
  const { groupId } = commit.value;
  const tree = readTree(groupInfo, { groupId, epoch: epoch + 1, claimed: devices });
  if (!tree.ok) return tree;
  const { cipherSuite, ...claimed } = tree.value;
  const about = { groupId, cipherSuite, commit: sha256(bytes) };
  const welcome = await readWelcomeOf(submission, by, about);
  if (!welcome.ok) return welcome;
  const rejoin = submission.rejoin && (await readRejoin(submission.rejoin, by, { ...about, epoch }));
  if (rejoin && !rejoin.ok) return rejoin;
  const beside = { ...welcome.value, ...(rejoin && { rejoin: rejoin.value }) };
  return ok({ what: { kind: "commit", groupId, epoch, tree: claimed, ...beside }, bytes });
}

async function readRefounding(submission: Of<"refound">, by: By): Promise<Result<Read>> {
  const { refounding: signed, epoch, groupInfo, devices } = submission;
  const opened = await openSigned("Refounding", Refounding, signed, [by.device.deviceKey]);
  if (!opened.ok) return opened;
  const refounding = opened.value;
  const identity = parseClientId(by.device.clientId);
  if (refounding.roomId !== by.roomId || refounding.orgId !== identity?.orgId)
    return refuse("malformed", "/submission/refounding");
  const { groupId } = refounding;
  const tree = readTree(groupInfo, { groupId, epoch, claimed: devices });
  if (!tree.ok) return tree;
  const { cipherSuite, ...claimed } = tree.value;
  const about = { groupId, cipherSuite, commit: sha256(signed.payload) };
  const welcome = await readWelcomeOf(submission, by, about);
  if (!welcome.ok) return welcome;
  const isAlone = devices.length === 1;
  if (epoch !== refoundedEpoch || isAlone !== (welcome.value.welcome === undefined))
    return refuse("malformed", "/submission/epoch");
  return ok({
    what: { kind: "refound", refounding, epoch, tree: claimed, ...welcome.value },
    bytes: encodeCbor(signed),
  });
}

type About = { groupId: Uint8Array; cipherSuite: number; commit: Uint8Array };

async function readWelcomeOf(
  { welcome, welcomeProof: proof }: Of<"commit" | "refound">,
  { device, roomId }: By,
  { groupId, cipherSuite, commit }: About,
): Promise<Result<{ welcome?: ClaimedWelcome }>> {
  if (!welcome && !proof) return ok({});
  if (!welcome || !proof) return refuse("malformed", "/submission/welcomeProof");
  const hash = readWelcome(welcome, cipherSuite);
  if (!hash.ok) return hash;
  const opened = await openSigned("WelcomeProof", WelcomeProof, proof, [device.deviceKey]);
  if (!opened.ok) return opened;
  const { value } = opened;
  const fits =
    value.roomId === roomId &&
    value.author === device.clientId &&
    equalBytes(value.groupId, groupId) &&
    equalBytes(value.welcome, hash.value) &&
    equalBytes(value.commit, commit);
  if (!fits) return refuse("malformed", "/submission/welcomeProof");
  const { rolesVersion, rolesHash } = value;
  return ok({ welcome: { welcome, proof, rolesVersion, rolesHash } });
}

/** The proof names the commit, and a commit its epoch, which it ends: it cannot count twice (M15). */
async function readRejoin(
  signed: Signed,
  { device, roomId }: By,
  { groupId, commit, epoch }: About & { epoch: number },
): Promise<Result<Uint8Array>> {
  const opened = await openSigned("RejoinProof", RejoinProof, signed, [device.deviceKey]);
  if (!opened.ok) return opened;
  const { value } = opened;
  const encoded = encodeCbor(signed);
  const fits =
    value.roomId === roomId &&
    value.device === device.clientId &&
    value.epoch === epoch &&
    equalBytes(value.groupId, groupId) &&
    equalBytes(value.commit, commit) &&
    encoded.byteLength <= limits.maxRejoinBytes;
  return fits ? ok(encoded) : refuse("malformed", "/submission/rejoin");
}
