/** What every room log must keep: order, one winner per epoch, who may read what, the inbox in the same transaction. */
import { digestOf, initialRunningHash, nextRunningHash } from "@nimes/protocol/entry";
import { sha256 } from "@nimes/protocol/hash";
import type { ClientId, RoomId } from "@nimes/protocol/ids";
import { newSubmissionId } from "@nimes/protocol/ids";
import { limits } from "@nimes/protocol/limits";
import type { AppendRequest } from "@nimes/server/core/append-request";
import type { NewDevice } from "@nimes/server/ports/directory-store";
import type { AppendOutcome } from "@nimes/server/ports/room-log-store";
import type { Stores } from "@nimes/server/ports/stores";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import {
  anyAttestation,
  anyDevice,
  appendOf,
  application,
  commit,
  enrolled,
  everything,
  founding,
  randomBytes,
  welcomeBy,
} from "./store-people.ts";

export function roomLogStoreContract(adapter: string, open: () => Promise<Stores>): void {
  describe(`room log store: ${adapter}`, () => {
    let stores: Stores;
    let anna: NewDevice;
    let bernd: NewDevice;
    beforeEach(async () => {
      stores = await open();
      anna = await enrolled(stores);
      bernd = await enrolled(stores);
    });
    afterEach(() => stores.close());

    async function append(request: AppendRequest): Promise<AppendOutcome> {
      const [outcome] = await stores.roomLog.append([request]);
      if (!outcome) throw new Error("no outcome");
      return outcome;
    }
    /** A group with Anna and Bernd, at epoch 1 and sequence 2. */
    async function group(): Promise<RoomId> {
      const { roomId, request, payload } = founding(anna);
      payloads.set(roomId, payload);
      await append(request);
      await append(adding(roomId, 0, [anna, bernd]));
      return roomId;
    }
    /** Payload of the first roles of each room. */
    const payloads = new Map<RoomId, Uint8Array>();
    /** Anna's commit that adds somebody. */
    const adding = (roomId: RoomId, epoch: number, devices: readonly NewDevice[]): AppendRequest =>
      appendOf(
        anna,
        roomId,
        commit(epoch, devices, { welcome: welcomeBy(payloads.get(roomId) ?? new Uint8Array()) }),
      );
    const read = (roomId: RoomId) => stores.roomLog.read(roomId, everything);
    const memberOf = async (roomId: RoomId, device: NewDevice) =>
      (await stores.roomLog.members(roomId)).find(({ deviceId }) => deviceId === device.deviceId);

    test("sequences have no gaps, and one batch keeps its order (P3)", async () => {
      const roomId = await group();
      const batch = [anna, bernd, anna, bernd].map((sender) => appendOf(sender, roomId, application()));
      const outcomes = await stores.roomLog.append(batch);
      expect(outcomes.map((one) => one.outcome === "appended" && one.entry.sequence)).toEqual([3, 4, 5, 6]);
      const entries = await read(roomId);
      expect(entries.map(({ sequence }) => sequence)).toEqual([1, 2, 3, 4, 5, 6]);
      expect(entries.map(({ kind }) => kind).slice(0, 3)).toEqual(["roles", "commit", "application"]);
      expect(entries.slice(2).map((entry) => "submissionId" in entry && entry.submissionId)).toEqual(
        batch.map(({ submissionId }) => submissionId),
      );
      expect(await stores.roomLog.lastSequence(roomId)).toBe(6);
    });

    test("the same submission again has the same answer, in the same batch or later (P6)", async () => {
      const roomId = await group();
      const request = appendOf(anna, roomId, application(), { time: 5_000 });
      const [first, twice] = await stores.roomLog.append([request, request]);
      expect(first).toMatchObject({ outcome: "appended", entry: { sequence: 3 } });
      const again = { outcome: "again", sequence: 3, time: 5_000 };
      expect(twice).toEqual(again);
      expect(await append({ ...request, time: 9_000 })).toEqual(again);
      expect(await read(roomId)).toHaveLength(3);
    });

    test("the same id with other bytes, or in another room, is a conflict; another device's id is its own", async () => {
      const roomId = await group();
      const submissionId = newSubmissionId();
      await append(appendOf(anna, roomId, application(), { submissionId }));
      const conflict = { outcome: "refused", code: "submission-conflict" };
      expect(await append(appendOf(anna, roomId, application(), { submissionId }))).toEqual(conflict);
      const other = await group();
      expect(await append(appendOf(anna, other, application(), { submissionId }))).toEqual(conflict);
      const bernds = appendOf(bernd, roomId, application(), { submissionId });
      expect(await append(bernds)).toMatchObject({ outcome: "appended" });
    });

    test("a second commit for an epoch is refused with the current one, also in one batch (M7, P5)", async () => {
      const roomId = await group();
      const outcomes = await stores.roomLog.append([
        appendOf(anna, roomId, commit(1, [anna, bernd])),
        appendOf(bernd, roomId, commit(1, [anna, bernd])),
      ]);
      expect(outcomes[0]).toMatchObject({ outcome: "appended" });
      expect(outcomes[1]).toEqual({ outcome: "refused", code: "stale-epoch", epoch: 2 });
      expect(await read(roomId)).toHaveLength(3);
    });

    test("a commit for an old or a future epoch is refused with the current one (M8)", async () => {
      const roomId = await group();
      for (const epoch of [0, 2, 100])
        expect(await append(appendOf(anna, roomId, commit(epoch, [anna, bernd])))).toEqual({
          outcome: "refused",
          code: "stale-epoch",
          epoch: 1,
        });
    });

    test("messages of the last epochs are taken, older and future ones are not (P5)", async () => {
      const roomId = await group();
      const current = 1 + limits.epochsBack;
      for (let epoch = 1; epoch < current; epoch += 1)
        await append(appendOf(anna, roomId, commit(epoch, [anna, bernd])));
      for (let epoch = current; epoch >= current - limits.epochsBack; epoch -= 1)
        expect(await append(appendOf(bernd, roomId, application(epoch)))).toMatchObject({
          outcome: "appended",
          entry: { epoch },
        });
      for (const epoch of [current - limits.epochsBack - 1, current + 1])
        expect(await append(appendOf(bernd, roomId, application(epoch)))).toEqual({
          outcome: "refused",
          code: "stale-epoch",
          epoch: current,
        });
    });

    test("what was sealed before somebody came is refused, so that it is sealed for the newcomer, too (P5)", async () => {
      const roomId = await group();
      const clara = await enrolled(stores);
      await append(adding(roomId, 1, [anna, bernd, clara]));
      expect(await append(appendOf(bernd, roomId, application(1)))).toEqual({
        outcome: "refused",
        code: "stale-epoch",
        epoch: 2,
      });
      // Nobody came with the next one: whoever is there now could read what was sealed before it.
      await append(appendOf(anna, roomId, commit(2, [anna, clara])));
      expect(await append(appendOf(clara, roomId, application(2)))).toMatchObject({ outcome: "appended" });
      expect(await append(appendOf(clara, roomId, application(1)))).toMatchObject({ code: "stale-epoch" });
    });

    test("a stranger's submission looks like one to a room that does not exist (S5)", async () => {
      const roomId = await group();
      const stranger = await enrolled(stores);
      const nowhere = founding(anna).roomId;
      for (const submission of [
        application(),
        application(99),
        commit(1, [stranger]),
        commit(0, [stranger]),
      ]) {
        const there = await append(appendOf(stranger, roomId, submission));
        expect(there).toEqual({ outcome: "refused", code: "not-a-member" });
        expect(await append(appendOf(stranger, nowhere, submission))).toEqual(there);
      }
    });

    test("a device list that cannot be one is refused", async () => {
      const roomId = await group();
      const malformed = { outcome: "refused", code: "malformed" };
      expect(await append(appendOf(anna, roomId, commit(1, [bernd])))).toEqual(malformed);
      const clara = await enrolled(stores);
      expect(await append(appendOf(anna, roomId, commit(1, [anna, bernd, clara])))).toEqual(malformed);
      expect(await append(adding(roomId, 1, [anna, bernd]))).toEqual(malformed);
    });

    test("only devices of the directory that have neither ended nor been destroyed are added, each under its own client id", async () => {
      const roomId = await group();
      const malformed = { outcome: "refused", code: "malformed" };
      const clara = await enrolled(stores);
      const nobody = anyDevice(anyAttestation());
      expect(await append(adding(roomId, 1, [anna, bernd, nobody]))).toEqual(malformed);
      const borrowed = { ...clara, clientId: clara.clientId.replace(clara.userId, anna.userId) as ClientId };
      expect(await append(adding(roomId, 1, [anna, bernd, borrowed]))).toEqual(malformed);
      const next = anyAttestation({ userId: clara.userId, generation: 2 });
      await stores.directory.putAttestation(next);
      await stores.directory.activate(anyDevice(next));
      expect(await append(adding(roomId, 1, [anna, bernd, clara]))).toEqual(malformed);
      const wiped = await enrolled(stores);
      await stores.pins.destroy(wiped.deviceId);
      expect(await append(adding(roomId, 1, [anna, bernd, wiped]))).toEqual(malformed);
    });

    test("a device that has ended stays until a commit removes it", async () => {
      const roomId = await group();
      const next = anyAttestation({ userId: bernd.userId, generation: 2 });
      await stores.directory.putAttestation(next);
      await stores.directory.activate(anyDevice(next));
      expect(await append(appendOf(anna, roomId, commit(1, [anna, bernd])))).toMatchObject({
        outcome: "appended",
      });
      expect(await append(appendOf(anna, roomId, commit(2, [anna])))).toMatchObject({ outcome: "appended" });
    });

    test("a welcomed device has its invitation in the inbox, with the roles and the running hash behind the commit", async () => {
      const roomId = await group();
      const [item, ...rest] = await stores.roomLog.inbox(bernd.deviceId, 0);
      expect(rest).toEqual([]);
      const entries = await read(roomId);
      const hash = entries.reduce(
        (previous, entry) => nextRunningHash(previous, digestOf(entry)),
        initialRunningHash(roomId),
      );
      expect(item).toMatchObject({
        sequence: 1,
        kind: "welcome",
        roomId,
        roomSequence: 2,
        devices: [anna.clientId, bernd.clientId],
        committer: anna.clientId,
      });
      expect([...(item?.runningHash ?? [])]).toEqual([...hash]);
      expect(await stores.roomLog.inbox(anna.deviceId, 0)).toEqual([]);
      const welcome = sha256(item?.welcome ?? new Uint8Array());
      await stores.roomLog.dropInboxItem(bernd.deviceId, { sequence: 2, welcome });
      await stores.roomLog.dropInboxItem(bernd.deviceId, { sequence: 1, welcome: sha256(welcome) });
      expect(await stores.roomLog.inbox(bernd.deviceId, 0)).toHaveLength(1);
      await stores.roomLog.dropInboxItem(bernd.deviceId, { sequence: 1, welcome });
      expect(await stores.roomLog.inbox(bernd.deviceId, 0)).toEqual([]);
      await group();
      expect(await stores.roomLog.inbox(bernd.deviceId, 1)).toMatchObject([{ sequence: 2 }]);
    });

    test("who is added reads from its commit on, who is removed up to and including its own (M10)", async () => {
      const roomId = await group();
      expect(await memberOf(roomId, bernd)).toMatchObject({ from: 2, cursor: 1 });
      await append(appendOf(anna, roomId, commit(1, [anna])));
      expect(await memberOf(roomId, bernd)).toMatchObject({ from: 2, until: 3 });
      expect(await append(appendOf(bernd, roomId, application(2)))).toEqual({
        outcome: "refused",
        code: "not-a-member",
      });
      expect(await stores.roomLog.roomsOf(bernd.deviceId)).toEqual([roomId]);
      await stores.roomLog.saveCursors([{ roomId, deviceId: bernd.deviceId, sequence: 3 }]);
      expect(await stores.roomLog.roomsOf(bernd.deviceId)).toEqual([]);
      await append(adding(roomId, 2, [anna, bernd]));
      const back = await memberOf(roomId, bernd);
      expect(back).toMatchObject({ from: 4, cursor: 3 });
      expect(back?.until).toBeUndefined();
    });

    test("whoever is added again before reading how the time before ended may still read that, and only then forgets it (P7)", async () => {
      const roomId = await group();
      const { deviceId } = bernd;
      const staysOf = async () =>
        (await memberOf(roomId, bernd))?.earlier?.map(({ from, until, cursor }) => [from, until, cursor]);
      await append(appendOf(anna, roomId, application(1)));
      await append(appendOf(anna, roomId, commit(1, [anna])));
      await append(adding(roomId, 2, [anna, bernd]));
      await append(appendOf(anna, roomId, commit(3, [anna])));
      await append(adding(roomId, 4, [anna, bernd]));
      expect(await memberOf(roomId, bernd)).toMatchObject({ from: 7, cursor: 6 });
      expect(await staysOf()).toEqual([
        [2, 4, 1],
        [5, 6, 4],
      ]);
      // Nobody else has to read it, and yet it stays.
      await stores.roomLog.saveCursors([{ roomId, deviceId: anna.deviceId, sequence: 7 }]);
      await expireAll(0);
      expect((await read(roomId))[2]?.kind).toBe("application");
      await stores.roomLog.saveCursors([{ roomId, deviceId, sequence: 4 }]);
      expect(await staysOf()).toEqual([[5, 6, 4]]);
      await expireAll(0);
      expect((await read(roomId))[2]?.kind).toBe("expired");
      await stores.roomLog.saveCursors([{ roomId, deviceId, sequence: 7 }]);
      expect(await staysOf()).toEqual([]);
    });

    test("two people have one direct room, whoever is faster, and nobody else gets in", async () => {
      const users = [anna.userId, bernd.userId];
      const one = founding(anna, { kind: "direct", users });
      const two = founding(bernd, { kind: "direct", users: users.toReversed() });
      const [first, second] = await stores.roomLog.append([one.request, two.request]);
      expect(first).toMatchObject({ outcome: "appended" });
      expect(second).toEqual({ outcome: "refused", code: "room-exists", existingRoomId: one.roomId });
      const clara = await enrolled(stores);
      payloads.set(one.roomId, one.payload);
      expect(await append(adding(one.roomId, 0, [anna, bernd, clara]))).toEqual({
        outcome: "refused",
        code: "forbidden",
      });
    });

    test("a room is founded by its creator, once", async () => {
      const { roomId, request } = founding(anna);
      const foreign = founding(anna, { sender: bernd });
      expect(await append(foreign.request)).toEqual({ outcome: "refused", code: "forbidden" });
      expect(await append(request)).toMatchObject({ outcome: "appended", entry: { sequence: 1, epoch: 0 } });
      expect(await append(request)).toMatchObject({ outcome: "again", sequence: 1 });
      const twice = { ...request, submissionId: newSubmissionId() };
      expect(await append(twice)).toEqual({ outcome: "refused", code: "room-exists" });
      expect(await stores.roomLog.roomsOf(anna.deviceId)).toEqual([roomId]);
    });

    test("pages are bounded by number and size, and never empty before the end", async () => {
      const roomId = await group();
      for (let sent = 0; sent < 5; sent += 1)
        await append(appendOf(anna, roomId, application(1, randomBytes(1_000))));
      const page = (limit: number, maxBytes: number) =>
        stores.roomLog.read(roomId, { after: 2, until: 6, limit, maxBytes });
      expect(await page(2, 1_000_000)).toHaveLength(2);
      expect(await page(100, 3_000)).toHaveLength(2);
      expect(await page(100, 1)).toHaveLength(1);
      expect((await page(100, 1_000_000)).map(({ sequence }) => sequence)).toEqual([3, 4, 5, 6]);
    });

    test("cursors go forward, never back", async () => {
      const roomId = await group();
      const { deviceId } = bernd;
      await stores.roomLog.saveCursors([{ roomId, deviceId, sequence: 7 }]);
      await stores.roomLog.saveCursors([{ roomId, deviceId, sequence: 4 }]);
      expect(await memberOf(roomId, bernd)).toMatchObject({ cursor: 7 });
    });

    async function expireAll(before: number): Promise<void> {
      for (let round = 0; round < 100; round += 1) if ((await stores.roomLog.expire(before, 2)) === 0) return;
      throw new Error("expiring does not come to an end");
    }

    test("content goes when everybody has it or it is too old; places, digests and commits stay (P7)", async () => {
      const roomId = await group();
      for (const time of [1_100, 1_200, 1_300, 1_400, 1_500])
        await append(appendOf(anna, roomId, application(), { time }));
      const before = await read(roomId);
      await stores.roomLog.saveCursors([
        { roomId, deviceId: anna.deviceId, sequence: 7 },
        { roomId, deviceId: bernd.deviceId, sequence: 4 },
      ]);
      await expireAll(0);
      const kinds = async () => (await read(roomId)).map(({ kind }) => kind);
      expect(await kinds()).toEqual([
        "roles",
        "commit",
        "expired",
        "expired",
        "application",
        "application",
        "application",
      ]);
      await expireAll(1_350);
      expect((await kinds()).slice(4)).toEqual(["forgotten", "application", "application"]);
      const after = await read(roomId);
      expect(after.map(({ sequence }) => sequence)).toEqual(before.map(({ sequence }) => sequence));
      expect(after.map((entry) => [...digestOf(entry)])).toEqual(before.map((entry) => [...digestOf(entry)]));
    });

    test("an expired submission sent again still has its answer (P6)", async () => {
      const roomId = await group();
      const request = appendOf(anna, roomId, application(), { time: 1_100 });
      await append(request);
      await expireAll(2_000);
      expect(await append(request)).toEqual({ outcome: "again", sequence: 3, time: 1_100 });
    });
  });
}
