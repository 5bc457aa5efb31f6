/** What every room log must refuse and keep when a room recovers: healing, founding anew, and who is brought back. */
import { fromHex } from "@nimes/protocol/bytes";
import type { ErrorCode } from "@nimes/protocol/errors";
import type { RoomId } from "@nimes/protocol/ids";
import { rolesHash } from "@nimes/protocol/signed/hashes";
import type { NewDevice } from "@nimes/server/ports/directory-store";
import type { Stores } from "@nimes/server/ports/stores";
import { describe, expect, test } from "vitest";
import { fourOfficers } from "./four-officers.ts";
import type { Draft } from "./store-people.ts";
import {
  application,
  commit,
  enrolled,
  leaving,
  randomBytes,
  refounding,
  rolesBy,
  rolesDraft,
  welcomeBy,
} from "./store-people.ts";

export function roomRecoveryContract(adapter: string, open: () => Promise<Stores>): void {
  describe(`rooms that recover: ${adapter}`, () => {
    const here = fourOfficers(open);

    test("a device that heals itself changes nobody else's place (M1, M15)", async () => {
      const { anna, bernd, clara, dora, stores, put, verdict, group, read } = here();
      const { roomId } = await group();
      const rejoin = randomBytes(60);
      const all = [anna, bernd, clara, dora];
      const emil = await enrolled(stores);
      const fewer = commit(1, all.slice(0, 3), { rejoin });
      const more = commit(1, [...all, emil], { rejoin });
      for (const draft of [fewer, more]) expect(await verdict(clara, roomId, draft)).toBe("forbidden");
      expect(await verdict(emil, roomId, commit(1, all, { rejoin }))).toBe("not-a-member");
      expect(await put(clara, roomId, commit(1, [...all].reverse(), { rejoin }))).toMatchObject({
        outcome: "appended",
        entry: { rejoin, epoch: 1 },
      });
      // The same once more is of an epoch that is over.
      expect(await verdict(clara, roomId, commit(1, all, { rejoin }))).toBe("stale-epoch");
      const entry = (await read(roomId)).at(-1);
      expect(entry?.kind === "commit" && [...(entry.rejoin ?? [])]).toEqual([...rejoin]);
    });

    test("a room that is founded anew goes on in a new group, with a Welcome for everybody (M16)", async () => {
      const { anna, bernd, clara, dora, stores, put, verdict, group, untilOf, lastEntry } = here();
      const { roomId, payload } = await group();
      await put(dora, roomId, commit(1, [anna, bernd, clara, dora]));
      const groupId = randomBytes(32);
      const part = {
        answers: await lastEntry(roomId),
        author: anna.clientId,
        without: dora.clientId,
        groupId,
      };
      const outcome = await put(anna, roomId, refounding([anna, bernd, clara], part, welcomeBy(payload)));
      expect(outcome).toMatchObject({
        outcome: "appended",
        entry: { kind: "refound", sequence: 4, epoch: 1 },
      });
      expect(await stores.roomLog.group(roomId)).toMatchObject({ epoch: 1, groupId });
      const [, item] = await stores.roomLog.inbox(bernd.deviceId, 0);
      expect(item).toMatchObject({ roomSequence: 4, groupId, committer: anna.clientId });
      expect(await untilOf(roomId, dora)).toBe(4);
      expect(await verdict(dora, roomId, application(1, randomBytes(9), groupId))).toBe("not-a-member");
      // What was sealed for the old group is sealed again, whatever its epoch.
      for (const epoch of [0, 1, 2])
        expect(await verdict(bernd, roomId, application(epoch))).toBe("stale-epoch");
      expect(await verdict(bernd, roomId, commit(1, [anna, bernd, clara]))).toBe("stale-epoch");
      expect(await verdict(bernd, roomId, application(1, randomBytes(9), groupId))).toBe("taken");
      const renewed = commit(1, [anna, bernd, clara], { groupId });
      expect(await verdict(bernd, roomId, renewed)).toBe("taken");
    });

    test("of two who found anew for the same reason one wins; a group that was never comes back", async () => {
      const { anna, bernd, clara, dora, put, verdict, group, lastEntry } = here();
      const { roomId, payload } = await group([[bernd, "moderator"]]);
      const answers = await lastEntry(roomId);
      const all = [anna, bernd, clara, dora];
      const by = (device: NewDevice, part = {}) =>
        refounding(
          [device, ...all.filter((one) => one !== device)],
          { answers, author: device.clientId, ...part },
          welcomeBy(payload),
        );
      const groupId = randomBytes(32);
      expect(await verdict(anna, roomId, by(anna, { groupId: fromHex(roomId) }))).toBe("malformed");
      expect(await verdict(anna, roomId, by(anna, { groupId }))).toBe("taken");
      expect(await verdict(bernd, roomId, by(bernd))).toBe("stale-epoch");
      await put(dora, roomId, application(1, randomBytes(9), groupId));
      const again = { answers: await lastEntry(roomId) };
      for (const old of [groupId, fromHex(roomId)])
        expect(await verdict(bernd, roomId, by(bernd, { ...again, groupId: old }))).toBe("malformed");
      expect(await verdict(bernd, roomId, by(bernd, again))).toBe("taken");
    });

    test("a group has one room: none goes on in the group that another is or was in", async () => {
      const { anna, bernd, clara, dora, verdict, group, lastEntry } = here();
      const { roomId: other, payload: others } = await group();
      const { roomId, payload } = await group();
      const all = [anna, bernd, clara, dora];
      const by = async (room: RoomId, groupId: Uint8Array, roles = payload) => {
        const part = { answers: await lastEntry(room), author: anna.clientId, groupId };
        return verdict(anna, room, refounding(all, part, welcomeBy(roles)));
      };
      const [later, newest] = [randomBytes(32), randomBytes(32)];
      expect(await by(other, later, others)).toBe("taken");
      for (const groupId of [fromHex(other), later]) expect(await by(roomId, groupId)).toBe("malformed");
      expect(await by(roomId, newest)).toBe("taken");
    });

    test("a refounding that others may not follow is answered itself, with whom it has left out, and once (F14)", async () => {
      const { anna, bernd, clara, dora, verdict, group, lastEntry } = here();
      const { roomId, payload } = await group([
        [bernd, "moderator"],
        [clara, "moderator"],
      ]);
      const before = await lastEntry(roomId);
      const by = (author: NewDevice, others: NewDevice[], answers = before) =>
        refounding([author, ...others], { answers, author: author.clientId }, welcomeBy(payload));
      expect(await verdict(clara, roomId, by(clara, [bernd]))).toBe("taken");
      const answers = await lastEntry(roomId);
      expect(await verdict(bernd, roomId, by(bernd, [anna, dora]))).toBe("stale-epoch");
      expect(await verdict(bernd, roomId, by(bernd, [anna, dora], answers))).toBe("taken");
      expect(await verdict(clara, roomId, by(clara, [bernd], answers))).toBe("not-a-member");
      expect(await verdict(anna, roomId, by(anna, [bernd, dora], answers))).toBe("stale-epoch");
    });

    test("founding anew lies about nothing: reason, roles, people (M14)", async () => {
      const { anna, bernd, clara, dora, stores, put, verdict, group, endPhoneOf, lastEntry } = here();
      const { roomId, payload } = await group([[bernd, "moderator"]]);
      const emil = await enrolled(stores);
      const answers = await lastEntry(roomId);
      const all = [anna, bernd, clara, dora];
      const author = anna.clientId;
      const made = (devices: readonly NewDevice[], part: object = {}) =>
        refounding(devices, { answers, author, ...part }, welcomeBy(payload));
      await put(dora, roomId, leaving());
      const ended = await endPhoneOf(clara);
      const cases: [string, ErrorCode | "taken", Draft][] = [
        ["another's name", "forbidden", made(all, { author: bernd.clientId })],
        ["an entry that is not there", "malformed", made(all, { answers: { ...answers, sequence: 99 } })],
        [
          "another entry's digest",
          "malformed",
          made(all, { answers: { ...answers, digest: randomBytes(32) } }),
        ],
        ["roles that are not in force", "room-changed", made(all, { rolesVersion: 2 })],
        ["a stranger", "malformed", made([anna, bernd, emil])],
        ["whoever has left", "malformed", made([anna, bernd, dora])],
        ["a phone that has ended", "malformed", made([anna, bernd, clara])],
        ["whom it is done without", "malformed", made([anna, bernd], { without: bernd.clientId })],
        ["without themselves", "forbidden", made([anna, bernd], { without: author })],
        ["not the author first", "malformed", made([bernd, anna])],
        [
          "older roles beside the Welcome",
          "room-changed",
          refounding([anna, bernd], { answers, author }, welcomeBy(randomBytes(9))),
        ],
      ];
      for (const [name, code, draft] of cases)
        expect([name, await verdict(anna, roomId, draft)]).toEqual([name, code]);
      const byClara = refounding([clara], { answers, author: clara.clientId });
      expect(await verdict(clara, roomId, byClara)).toBe("forbidden");
      // With the new phone of somebody who was in it.
      expect(await verdict(anna, roomId, made([anna, bernd, ended]))).toBe("taken");
      expect((await stores.roomLog.inbox(ended.deviceId, 0)).at(-1)).toMatchObject({ roomId });
    });

    describe("founded anew by a moderator without the owner", () => {
      const month = 30 * 24 * 60 * 60_000;
      async function withoutAnna(without: NewDevice | null = null) {
        const { bernd, clara, dora, verdict, group, lastEntry } = here();
        const { roomId, roles, payload } = await group([
          [bernd, "moderator"],
          [clara, "moderator"],
        ]);
        const groupId = randomBytes(32);
        const author = clara.clientId;
        const part = {
          answers: await lastEntry(roomId),
          author,
          groupId,
          without: without?.clientId ?? null,
        };
        const left = refounding([clara, dora], part, welcomeBy(payload));
        expect(await verdict(clara, roomId, left)).toBe("taken");
        const asOwner = rolesDraft(
          "roles",
          rolesBy(clara, {
            version: 2,
            previous: rolesHash(payload),
            users: [{ userId: clara.userId, role: "owner" }],
            kind: roles.kind,
          }),
        );
        const change = (epoch: number, devices: NewDevice[], adds = true) =>
          commit(epoch, devices, { groupId, ...(adds && { welcome: welcomeBy(payload) }) });
        return { roomId, asOwner, change };
      }

      test("a room gives its moderator no owner's powers, for as long as a phone may be away", async () => {
        const { anna, clara, verdict } = here();
        for (const without of [null, anna]) {
          const { roomId, asOwner } = await withoutAnna(without);
          for (const time of [1_000, 1_000 + month])
            expect(await verdict(clara, roomId, asOwner, time)).toBe("forbidden");
          expect(await verdict(clara, roomId, asOwner, 1_001 + month)).toBe("taken");
        }
      });

      test("a room waits for a device that leads no longer than until it ends, by the time that the next one names", async () => {
        const { anna, bernd, clara, endPhoneOf, verdict } = here();
        const { roomId, asOwner } = await withoutAnna();
        for (const one of [anna, bernd]) await endPhoneOf(one, 5_000);
        expect(await verdict(clara, roomId, asOwner, 5_000)).toBe("forbidden");
        expect(await verdict(clara, roomId, asOwner, 5_001)).toBe("taken");
      });

      test("a room takes whoever leads back from anybody, and goes on under the owner", async () => {
        const { anna, bernd, clara, dora, stores, verdict } = here();
        const { roomId, asOwner, change } = await withoutAnna();
        const stranger = await enrolled(stores);
        expect(await verdict(dora, roomId, change(1, [clara, dora, stranger]))).toBe("forbidden");
        const annas = anna;
        const other = { ...annas, clientId: annas.clientId.replace(/:.{32}@/, `:${"0".repeat(32)}@`) };
        expect(await verdict(dora, roomId, change(1, [clara, dora, other as NewDevice]))).toBe("malformed");
        expect(await verdict(dora, roomId, change(1, [clara, dora, anna]))).toBe("taken");
        // Bernd, the first moderator, is awaited still.
        expect(await verdict(dora, roomId, change(2, [clara, dora, anna, bernd]))).toBe("taken");
        expect(await verdict(clara, roomId, asOwner)).toBe("forbidden");
        // An owner who is taken out after that has gone, like any other.
        expect(await verdict(anna, roomId, change(3, [clara, dora, anna], false))).toBe("taken");
        expect(await verdict(dora, roomId, change(4, [clara, dora, anna, bernd]))).toBe("forbidden");
      });
    });

    test("whoever loses the lead by the roles while they are left out is brought back by whoever may add alone (M4)", async () => {
      const { anna, bernd, clara, dora, verdict, group, next, lastEntry } = here();
      const { roomId, roles, payload } = await group([[bernd, "moderator"]]);
      const groupId = randomBytes(32);
      const part = { answers: await lastEntry(roomId), author: anna.clientId, groupId };
      const left = refounding([anna, clara, dora], part, welcomeBy(payload));
      expect(await verdict(anna, roomId, left)).toBe("taken");
      const taken = next({ roomId, roles, payload }, anna, [[anna, "owner"]]);
      expect(await verdict(anna, roomId, taken.draft)).toBe("taken");
      const back = commit(1, [anna, clara, dora, bernd], {
        groupId,
        welcome: welcomeBy(taken.room.payload, 2),
      });
      expect(await verdict(dora, roomId, back)).toBe("forbidden");
      expect(await verdict(anna, roomId, back)).toBe("taken");
    });

    test("whoever is alone founds anew without a Welcome", async () => {
      const { anna, stores, verdict, group, lastEntry } = here();
      const { roomId } = await group();
      const part = { answers: await lastEntry(roomId), author: anna.clientId };
      expect(await verdict(anna, roomId, refounding([anna], part))).toBe("taken");
      expect(await stores.roomLog.group(roomId)).toMatchObject({ epoch: 1 });
    });
  });
}
