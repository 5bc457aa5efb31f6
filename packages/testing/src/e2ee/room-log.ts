/** A room log in memory that behaves as the server does: gap-free order, one commit per epoch, one answer per submission. */

import { makeRejoinProof } from "@nimes/e2ee/chains/make-rejoin-proof";
import { makeNextRoles, makeRoomRoles, type UserRole } from "@nimes/e2ee/chains/make-room-roles";
import { makeWelcomeProof } from "@nimes/e2ee/chains/make-welcome-proof";
import { verifyRoles } from "@nimes/e2ee/chains/verify-roles";
import type { EntryOutcome, Invitation, MemberChange, OpenTerms, Room, SubmitCommit } from "@nimes/e2ee/e2ee";
import { fromHex } from "@nimes/protocol/bytes";
import { encodeCbor } from "@nimes/protocol/cbor";
import type { Content } from "@nimes/protocol/content/content";
import type { FullEntry } from "@nimes/protocol/entry";
import {
  type ClientId,
  firstGroupOf,
  newMessageId,
  newSubmissionId,
  type UserId,
  userOf,
} from "@nimes/protocol/ids";
import type { Signed } from "@nimes/protocol/schema";
import type { RoomKind, RoomRole } from "@nimes/protocol/signed/room-roles";
import type { Signer } from "@nimes/protocol/signed/signed";
import { granted, type TestCircle, type TestOfficer } from "./test-device.ts";

export type TestRoom = {
  room: Room;
  /** First version of the room's roles. */
  roles: Signed;
  /** All versions. */
  chain: Signed[];
  entries: FullEntry[];
  /** Epoch that the next commit must end. */
  epoch: number;
  devices: ClientId[];
  invitations: Map<ClientId, Invitation>;
  /** GroupInfo of the newest epoch, as the server keeps it. */
  groupInfo: Uint8Array | undefined;
  now: number;
};

/** Founds a room and lets the others join. In a direct room both are owners. */
export async function makeRoom(
  circle: TestCircle,
  founder: TestOfficer,
  others: readonly TestOfficer[],
  options: { kind?: RoomKind; roles?: readonly { userId: UserId; role: RoomRole }[] } = {},
): Promise<TestRoom> {
  const kind = options.kind ?? "group";
  const direct = others.map(({ userId }) => ({ userId, role: "owner" as const }));
  const { roomId, roles } = await makeRoomRoles({
    kind,
    author: founder.clientId,
    device: founder.device,
    others: options.roles ?? (kind === "direct" ? direct : []),
    time: circle.organisation.madeAt,
  });
  const room: Room = {
    roomId,
    groupId: firstGroupOf(roomId),
    roles: granted(await verifyRoles([roles], circle.directory)),
    leaving: [],
  };
  const log: TestRoom = {
    room,
    roles,
    chain: [roles],
    entries: [],
    epoch: 0,
    devices: [founder.clientId],
    invitations: new Map(),
    groupInfo: undefined,
    now: circle.organisation.madeAt,
  };
  await founder.e2ee.foundRoom(room);
  if (others.length > 0) {
    await addToRoom(log, founder, others);
    for (const other of others) await joinFromLog(log, other);
  }
  return log;
}

/** Adds officers in one commit. @returns what became of it. */
export async function addToRoom(log: TestRoom, by: TestOfficer, officers: readonly TestOfficer[]) {
  const add = await Promise.all(
    officers.map(async ({ clientId, e2ee }) => ({ clientId, keyPackage: await oneKeyPackage(e2ee) })),
  );
  return by.e2ee.changeMembers(log.room, changeOf({ add, remove: [] }), submitTo(log, by));
}

/** Wishes for exactly those whose key packages are at hand. */
export const changeOf = (change: Omit<MemberChange, "wished">): MemberChange => ({
  wished: change.add.map(({ clientId }) => userOf(clientId)),
  ...change,
});

export async function oneKeyPackage(e2ee: TestOfficer["e2ee"]): Promise<Uint8Array> {
  const [keyPackage] = await e2ee.newKeyPackages(1);
  if (!keyPackage) throw new Error("no key package");
  return keyPackage;
}

/** The next version of the roles is in force for everybody. */
export async function nextRoles(
  circle: TestCircle,
  log: TestRoom,
  { by, users }: { by: Author; users: readonly UserRole[] },
): Promise<void> {
  const last = log.chain.at(-1) ?? log.roles;
  const next = await makeNextRoles(last, {
    author: by.clientId,
    device: by.device,
    users,
    time: log.now,
  });
  log.chain.push(next);
  log.room = { ...log.room, roles: granted(await verifyRoles(log.chain, circle.directory)) };
}

/** What a device signs with. */
export type Author = { clientId: ClientId; device: Signer };

/** As the author of a Welcome makes it. @param sent.commit bytes of the commit that it goes with. */
export async function invitationTo(
  { room, chain }: Pick<TestRoom, "room" | "chain">,
  author: Author,
  { welcome, commit }: { welcome: Uint8Array; commit: Uint8Array },
): Promise<Invitation> {
  const { roomId, groupId, roles, awaited } = room;
  const { clientId, device } = author;
  const proof = await makeWelcomeProof({
    roomId,
    groupId: fromHex(groupId),
    welcome,
    commit,
    roles,
    ...(awaited && { awaited }),
    author: clientId,
    device,
  });
  return { roomId, groupId, welcome, roles: [...chain], proof };
}

/** The server's way with a commit: accepted only for the current epoch. */
export const submitTo =
  (log: TestRoom, by: Author): SubmitCommit =>
  async (bundle) => {
    if (bundle.epoch !== log.epoch || bundle.groupId !== log.room.groupId) return "lost";
    const { epoch, commit, devices, welcome, groupInfo } = bundle;
    const proof = bundle.rejoin && (await makeRejoinProof(by, log.room.roomId, bundle, log.now));
    const rejoin = proof && { rejoin: encodeCbor(proof) };
    appendEntry(log, { kind: "commit", sender: by.clientId, epoch, bytes: commit, devices, ...rejoin });
    const added = devices.filter((clientId) => !log.devices.includes(clientId));
    if (welcome) {
      const invitation = await invitationTo(log, by, { welcome, commit });
      for (const clientId of added) log.invitations.set(clientId, invitation);
    }
    log.epoch += 1;
    log.devices = devices;
    log.groupInfo = groupInfo;
    return "accepted";
  };

export function appendEntry(
  log: TestRoom,
  entry: Pick<FullEntry, "kind" | "sender" | "epoch" | "bytes"> &
    Partial<Pick<FullEntry, "devices" | "rejoin">>,
): FullEntry {
  const full: FullEntry = {
    sequence: log.entries.length + 1,
    submissionId: newSubmissionId(),
    time: log.now,
    ...entry,
  };
  log.entries.push(full);
  return full;
}

/** Joins by the invitation that waits for this officer. */
export async function joinFromLog(log: TestRoom, officer: TestOfficer) {
  const invitation = log.invitations.get(officer.clientId);
  if (!invitation) throw new Error("nobody has added this officer");
  return officer.e2ee.joinRoom(invitation);
}

/** Seals at the epoch that the room has for its sender. */
export async function sealNow(log: TestRoom, from: TestOfficer, contents: readonly Content[]) {
  const shown = await from.e2ee.devicesOf(log.room.groupId);
  const outcome = await from.e2ee.seal(log.room, () => ({ contents, shown }));
  if (outcome.outcome !== "sealed") throw new Error("whoever seals is not in the room");
  return outcome;
}

/** Seals texts and appends them. */
export async function send(log: TestRoom, from: TestOfficer, texts: readonly string[]): Promise<FullEntry[]> {
  const contents = texts.map((text, index) => textContent(text, index + 1));
  const { epoch, sealed } = await sealNow(log, from, contents);
  return sealed.map((bytes) =>
    appendEntry(log, { kind: "application", sender: from.clientId, epoch, bytes }),
  );
}

export const textContent = (text: string, counter = 1): Content => ({
  messageId: newMessageId(),
  time: 1_700_000_000_000,
  counter,
  seen: { sequence: 0, hash: new Uint8Array(32) },
  roles: { version: 1, hash: new Uint8Array(32) },
  body: { kind: "text", text },
});

/** Opens entries and returns what became of each. @throws Error when a chain is missing. */
export async function open(
  log: TestRoom,
  officer: TestOfficer,
  entries: readonly FullEntry[],
  terms: Pick<OpenTerms, "isWaiting"> = {},
): Promise<EntryOutcome[]> {
  const result = await officer.e2ee.open(log.room, entries, async () => {}, {
    ...termsOf(officer),
    ...terms,
  });
  if (result.outcome !== "opened") throw new Error("a chain is missing");
  return result.entries;
}

/** Somebody whose directory is as new as the server's; what is in their name is taken for theirs. */
const termsOf = ({ clientId }: TestOfficer): OpenTerms => ({
  own: { isOwn: ({ sender }) => sender === clientId, commitEpochs: [] },
  isFresh: true,
});

/** What people would read, or the outcome's name with its reason. */
export function summary(outcome: EntryOutcome): string {
  if (outcome.outcome === "content")
    return outcome.content.body.kind === "text" && "text" in outcome.content.body
      ? String(outcome.content.body.text)
      : outcome.content.body.kind;
  if (outcome.outcome === "commit" && outcome.committer === undefined) return "commit before";
  return outcome.outcome === "refused" ? `refused: ${outcome.reason}` : outcome.outcome;
}
