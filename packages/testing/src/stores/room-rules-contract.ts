import { digestOf, initialRunningHash, nextRunningHash } from "@nimes/protocol/entry";
import type { RoomId } from "@nimes/protocol/ids";
import type { NewDevice } from "@nimes/server/ports/directory-store";
import type { Stores } from "@nimes/server/ports/stores";
import { describe, expect, test } from "vitest";
import { fourOfficers } from "./four-officers.ts";
import {
  anyAttestation,
  anyDevice,
  application,
  commit,
  enrolled,
  founding,
  leaving,
  randomBytes,
  refounding,
  welcomeBy,
} from "./store-people.ts";

export function roomRulesContract(adapter: string, open: () => Promise<Stores>): void {
  describe(`rules of rooms: ${adapter}`, () => {
    const here = fourOfficers(open);

    test("a member without a role neither adds nor removes another user; a moderator does (M4)", async () => {
      const { anna, bernd, clara, dora, stores, verdict, group } = here();
      const { roomId, payload } = await group([[bernd, "moderator"]]);
      const emil = await enrolled(stores);
      const all = [anna, bernd, clara, dora];
      const adding = (epoch: number) => commit(epoch, [...all, emil], { welcome: welcomeBy(payload) });
      const removing = (epoch: number) => commit(epoch, [anna, bernd, clara]);
      expect(await verdict(clara, roomId, adding(1))).toBe("forbidden");
      expect(await verdict(clara, roomId, removing(1))).toBe("forbidden");
      expect(await verdict(bernd, roomId, commit(1, [bernd, clara, dora]))).toBe("forbidden");
      expect(await verdict(bernd, roomId, adding(1))).toBe("taken");
      expect(await verdict(bernd, roomId, removing(2))).toBe("taken");
      expect(await verdict(clara, roomId, commit(3, [anna, bernd, clara]))).toBe("taken");
    });

    test("anybody takes out a device that has ended, or whose user's attestation has run out", async () => {
      const { anna, bernd, clara, dora, stores, verdict, group, endPhoneOf } = here();
      const { roomId } = await group();
      await endPhoneOf(anna);
      expect(await verdict(clara, roomId, commit(1, [bernd, clara, dora]))).toBe("taken");
      const letter = anyAttestation({}, 5_000);
      await stores.directory.putAttestation(letter);
      const former = anyDevice(letter);
      await stores.directory.activate(former);
      const { roomId: other, payload, request } = founding(bernd);
      await stores.roomLog.append([request]);
      const both = [bernd, former, clara];
      expect(await verdict(bernd, other, commit(0, both, { welcome: welcomeBy(payload) }), 5_001)).toBe(
        "malformed",
      );
      expect(await verdict(bernd, other, commit(0, both, { welcome: welcomeBy(payload) }), 4_000)).toBe(
        "taken",
      );
      const removal = () => commit(1, [bernd, clara]);
      expect(await verdict(clara, other, removal(), 5_000)).toBe("forbidden");
      expect(await verdict(clara, other, removal(), 5_001)).toBe("taken");
    });

    test("where only the founder had a role and is gone, whoever has been there longest adds", async () => {
      const { anna, bernd, clara, dora, put, verdict, group, endPhoneOf } = here();
      const { roomId, payload } = await group();
      const again = await endPhoneOf(anna);
      await put(dora, roomId, commit(1, [bernd, clara, dora]));
      const adding = () => commit(2, [bernd, clara, dora, again], { welcome: welcomeBy(payload) });
      expect(await verdict(clara, roomId, adding())).toBe("forbidden");
      expect(await verdict(bernd, roomId, adding())).toBe("taken");
    });

    test("roles go from version to version, by whoever may, and newcomers get them all", async () => {
      const { anna, bernd, clara, dora, stores, put, verdict, group, next } = here();
      const first = await group([[bernd, "moderator"]]);
      const { roomId } = first;
      const taken = next(first, clara, [
        [anna, "owner"],
        [clara, "owner"],
      ]);
      expect(await verdict(clara, roomId, taken.draft)).toBe("forbidden");
      const stranger = await enrolled(stores);
      const borrowed = next(first, stranger, [[anna, "owner"]]);
      expect(await verdict(bernd, roomId, borrowed.draft)).toBe("forbidden");
      const muted = next(first, bernd, [
        [anna, "owner"],
        [bernd, "moderator"],
        [dora, "reader"],
      ]);
      expect(await put(bernd, roomId, muted.draft)).toMatchObject({
        outcome: "appended",
        entry: { kind: "roles", sequence: 3, epoch: 1 },
      });
      const late = next(first, anna, [[anna, "owner"]]);
      expect(await verdict(anna, roomId, late.draft)).toBe("room-changed");
      const ahead = next({ ...muted.room, roles: { ...muted.room.roles, version: 7 } }, anna, [
        [anna, "owner"],
      ]);
      expect(await verdict(anna, roomId, ahead.draft)).toBe("broken-chain");
      const elsewhere = next({ ...muted.room, roles: { ...muted.room.roles, kind: "channel" } }, anna, [
        [anna, "owner"],
      ]);
      expect(await verdict(anna, roomId, elsewhere.draft)).toBe("broken-chain");
      const emil = await enrolled(stores);
      const all = [anna, bernd, clara, dora, emil];
      expect(await verdict(anna, roomId, commit(1, all, { welcome: welcomeBy(first.payload) }))).toBe(
        "room-changed",
      );
      const lying = { ...welcomeBy(muted.room.payload, 1) };
      expect(await verdict(anna, roomId, commit(1, all, { welcome: lying }))).toBe("room-changed");
      expect(await verdict(anna, roomId, commit(1, all, { welcome: welcomeBy(muted.room.payload, 2) }))).toBe(
        "taken",
      );
      const [item] = await stores.roomLog.inbox(emil.deviceId, 0);
      expect(item?.roles.map(({ payload }) => [...payload])).toEqual([
        [...first.payload],
        [...muted.room.payload],
      ]);
    });

    test("readers post nothing, in a channel nobody whom the roles do not name; the next version counts at once", async () => {
      const { anna, bernd, clara, verdict, group, next } = here();
      const first = await group([[bernd, "reader"]]);
      const { roomId } = first;
      const posts = async (room: RoomId) =>
        Promise.all([anna, bernd, clara].map((by) => verdict(by, room, application())));
      expect(await posts(roomId)).toEqual(["taken", "forbidden", "taken"]);
      const allowed = next(first, anna, [
        [anna, "owner"],
        [clara, "reader"],
      ]);
      expect(await verdict(anna, roomId, allowed.draft)).toBe("taken");
      expect(await posts(roomId)).toEqual(["taken", "taken", "forbidden"]);
      const channel = await group([[bernd, "member"]], "channel");
      expect(await posts(channel.roomId)).toEqual(["taken", "taken", "forbidden"]);
    });

    test("of a channel that its owner has left, whoever follows may post", async () => {
      const { anna, bernd, clara, verdict, group } = here();
      const { roomId } = await group([], "channel");
      expect(await verdict(bernd, roomId, application())).toBe("forbidden");
      expect(await verdict(anna, roomId, leaving())).toBe("taken");
      expect(await verdict(bernd, roomId, application())).toBe("taken");
      expect(await verdict(clara, roomId, application())).toBe("forbidden");
    });

    test("whoever leaves reads no further, writes nothing, and is taken out by anybody", async () => {
      const { anna, bernd, clara, dora, put, verdict, group, untilOf } = here();
      const { roomId } = await group();
      expect(await put(dora, roomId, leaving())).toMatchObject({ entry: { kind: "leave", sequence: 3 } });
      await put(anna, roomId, application());
      expect(await untilOf(roomId, dora)).toBe(3);
      for (const draft of [application(), leaving(), commit(1, [anna, bernd, clara, dora])])
        expect(await verdict(dora, roomId, draft)).toBe("not-a-member");
      expect(await verdict(clara, roomId, commit(1, [anna, bernd, clara]))).toBe("taken");
      expect(await untilOf(roomId, dora)).toBe(3);
    });

    test("nobody comes in while somebody who has left is in the tree; a commit that adds nobody is taken", async () => {
      const { anna, bernd, clara, dora, stores, put, verdict, group } = here();
      const { roomId, payload } = await group();
      const emil = await enrolled(stores);
      await put(dora, roomId, leaving());
      const with5 = [anna, bernd, clara, dora, emil];
      expect(await verdict(anna, roomId, commit(1, with5, { welcome: welcomeBy(payload) }))).toBe(
        "room-changed",
      );
      expect(await verdict(bernd, roomId, commit(1, [anna, bernd, clara, dora]))).toBe("taken");
      const with4 = [anna, bernd, clara, emil];
      expect(await verdict(anna, roomId, commit(2, with4, { welcome: welcomeBy(payload) }))).toBe("taken");
    });

    test("whoever left comes back as if new", async () => {
      const { anna, bernd, clara, dora, put, verdict, group, untilOf } = here();
      const { roomId, payload } = await group();
      await put(dora, roomId, leaving());
      await put(anna, roomId, commit(1, [anna, bernd, clara]));
      await put(anna, roomId, commit(2, [anna, bernd, clara, dora], { welcome: welcomeBy(payload) }));
      expect(await untilOf(roomId, dora)).toBeUndefined();
      expect(await verdict(dora, roomId, application(3))).toBe("taken");
    });

    test("a leaving counts in the epoch and group in which it was written, and never again", async () => {
      const { anna, bernd, clara, dora, put, verdict, group, lastEntry } = here();
      const { roomId, payload } = await group();
      const all = [anna, bernd, clara, dora];
      for (const stale of [leaving(0), leaving(2), leaving(1, randomBytes(32))])
        expect(await verdict(dora, roomId, stale)).toBe("stale-epoch");
      const written = leaving(1);
      await put(bernd, roomId, commit(1, all));
      expect(await verdict(dora, roomId, written)).toBe("stale-epoch");
      expect(await verdict(dora, roomId, leaving(2))).toBe("taken");
      await put(anna, roomId, commit(2, all.slice(0, 3)));
      await put(anna, roomId, commit(3, all, { welcome: welcomeBy(payload) }));
      expect(await verdict(dora, roomId, leaving(2))).toBe("stale-epoch");
      const groupId = randomBytes(32);
      const part = { answers: await lastEntry(roomId), author: anna.clientId, groupId };
      await put(anna, roomId, refounding(all, part, welcomeBy(payload)));
      expect(await verdict(dora, roomId, leaving(1))).toBe("stale-epoch");
      expect(await verdict(dora, roomId, leaving(1, groupId))).toBe("taken");
    });

    test("nobody leaves a direct room", async () => {
      const { anna, bernd, stores, verdict } = here();
      const users = [anna, bernd].map((device) => device.userId);
      const { roomId, request } = founding(anna, { kind: "direct", users });
      await stores.roomLog.append([request]);
      expect(await verdict(anna, roomId, leaving(0))).toBe("forbidden");
    });

    describe("two people", () => {
      function direct(by: NewDevice) {
        const { anna, bernd } = here();
        return founding(by, { kind: "direct", users: [anna, bernd].map(({ userId }) => userId) });
      }
      const foundAgain = async (by: NewDevice) => {
        const { stores } = here();
        const { roomId, request } = direct(by);
        const [outcome] = await stores.roomLog.append([request]);
        return { roomId, outcome };
      };

      test("have one room while a device of either lives in it", async () => {
        const { anna, bernd, stores, put, verdict, endPhoneOf } = here();
        const first = direct(anna);
        await stores.roomLog.append([first.request]);
        const refusal = { outcome: "refused", code: "room-exists", existingRoomId: first.roomId };
        expect((await foundAgain(bernd)).outcome).toEqual(refusal);
        await put(anna, first.roomId, commit(0, [anna, bernd], { welcome: welcomeBy(first.payload) }));
        // Bernd comes in.
        await stores.roomLog.dropInbox(bernd.deviceId, 1);
        const annas = await endPhoneOf(anna);
        expect((await foundAgain(annas)).outcome).toEqual(refusal);
        // Bernd's brings Anna's new one in, and takes her old one out.
        const back = commit(1, [bernd, annas], { welcome: welcomeBy(first.payload) });
        expect(await verdict(bernd, first.roomId, back)).toBe("taken");
        const bernds = await endPhoneOf(bernd);
        const again = commit(2, [annas, bernds], { welcome: welcomeBy(first.payload) });
        expect(await verdict(annas, first.roomId, again)).toBe("taken");
      });

      test("begin anew when the only device that lives was added and has not come in", async () => {
        const { anna, bernd, stores, verdict, endPhoneOf } = here();
        const first = direct(anna);
        await stores.roomLog.append([first.request]);
        const adding = commit(0, [anna, bernd], { welcome: welcomeBy(first.payload) });
        expect(await verdict(anna, first.roomId, adding)).toBe("taken");
        const refusal = { outcome: "refused", code: "room-exists", existingRoomId: first.roomId };
        expect((await foundAgain(bernd)).outcome).toEqual(refusal);
        await endPhoneOf(anna);
        expect((await foundAgain(bernd)).outcome).toMatchObject({ outcome: "appended" });
      });

      test("begin anew when no device of theirs in it lives, and then have that one", async () => {
        const { anna, bernd, stores, put, endPhoneOf } = here();
        const first = direct(anna);
        await stores.roomLog.append([first.request]);
        await put(anna, first.roomId, commit(0, [anna, bernd], { welcome: welcomeBy(first.payload) }));
        const [annas, bernds] = [await endPhoneOf(anna), await endPhoneOf(bernd)];
        const second = await foundAgain(bernds);
        expect(second.outcome).toMatchObject({ outcome: "appended" });
        expect((await foundAgain(annas)).outcome).toEqual({
          outcome: "refused",
          code: "room-exists",
          existingRoomId: second.roomId,
        });
      });
    });

    test("the time of entries never runs backwards, whatever the server's clock does", async () => {
      const { bernd, put, group, read } = here();
      const { roomId } = await group();
      for (const time of [5_000, 4_000, 1, 5_001]) await put(bernd, roomId, application(), time);
      expect((await read(roomId)).slice(2).map((entry) => "time" in entry && entry.time)).toEqual([
        5_000, 5_000, 5_000, 5_001,
      ]);
    });

    test("everybody can count the running hash from the entry that brought them in", async () => {
      const { stores, group, read } = here();
      const { roomId } = await group();
      const entries = await read(roomId);
      const hashes = new Map([[0, initialRunningHash(roomId)]]);
      for (const entry of entries)
        hashes.set(
          entry.sequence,
          nextRunningHash(hashes.get(entry.sequence - 1) ?? new Uint8Array(), digestOf(entry)),
        );
      for (const { from, previous } of await stores.roomLog.members(roomId))
        expect([...previous]).toEqual([...(hashes.get(from - 1) ?? [])]);
    });

    test("the inbox of a device that nobody opens again is cleared, and numbers go on behind it", async () => {
      const { bernd, stores, group } = here();
      await group();
      const { deviceId } = bernd;
      await stores.roomLog.clearInbox(deviceId);
      expect(await stores.roomLog.inbox(deviceId, 0)).toEqual([]);
      await group();
      expect(await stores.roomLog.inbox(deviceId, 0)).toMatchObject([{ sequence: 2 }]);
    });

    test("an inbox position that never was drops nothing", async () => {
      const { bernd, stores, group } = here();
      await group();
      const { deviceId } = bernd;
      expect(await stores.roomLog.dropInbox(deviceId, 2)).toBe(false);
      expect(await stores.roomLog.inbox(deviceId, 0)).toHaveLength(1);
      expect(await stores.roomLog.dropInbox(deviceId, 1)).toBe(true);
      expect(await stores.roomLog.inbox(deviceId, 0)).toEqual([]);
    });
  });
}
