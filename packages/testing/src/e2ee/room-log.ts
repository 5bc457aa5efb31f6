/** A room log in memory that behaves as the server does: gap-free order, one commit per epoch, one answer per submission. */

import { makeRoomRoles } from "@nimes/e2ee/chains/make-room-roles";
import { verifyRoles } from "@nimes/e2ee/chains/verify-roles";
import type { EntryOutcome, Invitation, Room, SubmitCommit } from "@nimes/e2ee/e2ee";
import type { Content } from "@nimes/protocol/content";
import type { FullEntry } from "@nimes/protocol/entry";
import { type ClientId, newMessageId, newSubmissionId, type UserId } from "@nimes/protocol/ids";
import type { Signed } from "@nimes/protocol/schema";
import type { RoomKind, RoomRole } from "@nimes/protocol/signed/room-roles";
import { granted, type TestCircle, type TestOfficer } from "./test-device.ts";

export type TestRoom = {
  room: Room;
  roles: Signed;
  entries: FullEntry[];
  /** Epoch that the next commit must end. */
  epoch: number;
  devices: ClientId[];
  invitations: Map<ClientId, Invitation>;
  /** GroupInfo of the newest epoch, as the server keeps it. */
  groupInfo: Uint8Array | undefined;
  now: number;
};

/** Founds a room and lets the others join. In a direct room the one other is a member. */
export async function makeRoom(
  circle: TestCircle,
  founder: TestOfficer,
  others: readonly TestOfficer[],
  options: { kind?: RoomKind; roles?: readonly { userId: UserId; role: RoomRole }[] } = {},
): Promise<TestRoom> {
  const kind = options.kind ?? "group";
  const direct = others.map(({ userId }) => ({ userId, role: "member" as const }));
  const { roomId, roles } = await makeRoomRoles({
    kind,
    creator: founder.clientId,
    device: founder.device,
    others: options.roles ?? (kind === "direct" ? direct : []),
    time: circle.organisation.madeAt,
  });
  const room = { roomId, roles: granted(await verifyRoles([roles], circle.directory)) };
  const log: TestRoom = {
    room,
    roles,
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
  return by.e2ee.changeMembers(log.room, { add, remove: [] }, submitTo(log, by.clientId));
}

export async function oneKeyPackage(e2ee: TestOfficer["e2ee"]): Promise<Uint8Array> {
  const [keyPackage] = await e2ee.newKeyPackages(1);
  if (!keyPackage) throw new Error("no key package");
  return keyPackage;
}

/** The server's way with a commit: accepted only for the current epoch. */
export const submitTo =
  (log: TestRoom, sender: ClientId): SubmitCommit =>
  async (bundle) => {
    if (bundle.epoch !== log.epoch) return "lost";
    const { epoch, commit, devices, welcome, groupInfo } = bundle;
    appendEntry(log, { kind: "commit", sender, epoch, bytes: commit, devices });
    const added = devices.filter((clientId) => !log.devices.includes(clientId));
    for (const clientId of welcome ? added : [])
      log.invitations.set(clientId, {
        roomId: log.room.roomId,
        welcome: welcome ?? new Uint8Array(),
        roles: [log.roles],
        devices,
        committer: sender,
      });
    log.epoch += 1;
    log.devices = devices;
    log.groupInfo = groupInfo;
    return "accepted";
  };

export function appendEntry(
  log: TestRoom,
  entry: Pick<FullEntry, "kind" | "sender" | "epoch" | "bytes"> & { devices?: ClientId[] },
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
  const epoch = (await from.e2ee.epochOf(log.room.roomId)) ?? 0;
  const sealed = await from.e2ee.seal(log.room, contents, epoch);
  if (!sealed) throw new Error("whoever seals is not in the room");
  return { epoch, sealed };
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
  body: { kind: "text", text },
});

/** Opens entries and returns what became of each. @throws Error when a chain is missing. */
export async function open(
  log: TestRoom,
  officer: TestOfficer,
  entries: readonly FullEntry[],
): Promise<EntryOutcome[]> {
  const result = await officer.e2ee.open(log.room, entries, async () => {});
  if (result.outcome !== "opened") throw new Error("a chain is missing");
  return result.entries;
}

/** What people would read, or the outcome's name with its reason. */
export function summary(outcome: EntryOutcome): string {
  if (outcome.outcome === "content")
    return outcome.content.body.kind === "text" && "text" in outcome.content.body
      ? String(outcome.content.body.text)
      : outcome.content.body.kind;
  return outcome.outcome === "refused" ? `refused: ${outcome.reason}` : outcome.outcome;
}
