/** What every room log must forget of old messages, and what it must keep as long as somebody may ask for it. */
import { digestOf } from "@nimes/protocol/entry";
import type { RoomId } from "@nimes/protocol/ids";
import type { NewDevice } from "@nimes/server/ports/directory-store";
import type { Stores } from "@nimes/server/ports/stores";
import { describe, expect, test } from "vitest";
import { fourOfficers } from "./four-officers.ts";
import { appendOf, application, commit, welcomeBy } from "./store-people.ts";

/** When all messages here were written, and later. */
const written = 1_100;
const later = 2_000;

export function forgottenEntriesContract(adapter: string, open: () => Promise<Stores>): void {
  describe(`old entries: ${adapter}`, () => {
    const here = fourOfficers(open);

    const say = (sender: NewDevice, roomId: RoomId, epoch = 1, time = written) =>
      appendOf(sender, roomId, application(epoch), { time });
    const acknowledge = (roomId: RoomId, sequence: number, ...devices: NewDevice[]): Promise<void> =>
      here().stores.roomLog.saveCursors(devices.map(({ deviceId }) => ({ roomId, deviceId, sequence })));
    async function expireAll(before: number): Promise<void> {
      for (let round = 0; round < 100; round += 1)
        if ((await here().stores.roomLog.expire(before, 2)) === 0) return;
      throw new Error("expiring does not come to an end");
    }

    test("of an old message place and digest stay, and neither sender, id nor time (P3, P4, P7)", async () => {
      const { anna, bernd, stores, group, read } = here();
      const { roomId } = await group();
      await stores.roomLog.append([say(anna, roomId), say(bernd, roomId), say(anna, roomId, 1, later)]);
      const before = await read(roomId);
      await acknowledge(roomId, 5, anna, bernd);
      await expireAll(later);
      const after = await read(roomId);
      expect(after.slice(2)).toEqual([
        { sequence: 3, kind: "forgotten", digest: expect.any(Uint8Array) },
        { sequence: 4, kind: "forgotten", digest: expect.any(Uint8Array) },
        before[4],
      ]);
      expect(after.slice(0, 2)).toEqual(before.slice(0, 2));
      expect(after.map((entry) => [...digestOf(entry)])).toEqual(before.map((entry) => [...digestOf(entry)]));
      expect(await stores.roomLog.append([say(bernd, roomId)])).toMatchObject([{ entry: { sequence: 6 } }]);
    });

    test("whoever has not seen an own message in the log may ask what became of it (P6)", async () => {
      const { anna, bernd, clara, dora, stores, group, read } = here();
      const { roomId } = await group();
      const message = say(anna, roomId);
      await stores.roomLog.append([message]);
      await acknowledge(roomId, 3, bernd, clara, dora);
      await expireAll(later);
      const { sender, submissionId } = message;
      expect((await read(roomId))[2]).toMatchObject({ kind: "expired", sender, submissionId, time: written });
      const again = { outcome: "again", sequence: 3, time: written };
      expect(await stores.roomLog.append([message])).toEqual([again]);
      await acknowledge(roomId, 3, anna);
      await expireAll(later);
      expect((await read(roomId))[2]).toMatchObject({ kind: "forgotten" });
    });

    test("so may whoever was taken out and added again before it had read to the end (P6, P7)", async () => {
      const { anna, bernd, clara, dora, stores, group, read, put } = here();
      const { roomId, payload } = await group();
      await stores.roomLog.append([say(bernd, roomId)]);
      await put(anna, roomId, commit(1, [anna, clara, dora]));
      await put(anna, roomId, commit(2, [anna, clara, dora, bernd], { welcome: welcomeBy(payload) }));
      await acknowledge(roomId, 5, anna, clara, dora);
      await expireAll(later);
      expect((await read(roomId))[2]).toMatchObject({ kind: "expired", sender: bernd.clientId });
      await acknowledge(roomId, 4, bernd);
      await expireAll(later);
      expect((await read(roomId))[2]).toMatchObject({ kind: "forgotten" });
    });

    test("a device that has ended or was wiped asks no more", async () => {
      const { anna, bernd, stores, group, read, endPhoneOf } = here();
      const { roomId } = await group();
      await stores.roomLog.append([say(anna, roomId), say(bernd, roomId)]);
      await expireAll(later);
      expect((await read(roomId)).slice(2).map(({ kind }) => kind)).toEqual(["expired", "expired"]);
      await endPhoneOf(anna);
      await stores.pins.destroy(bernd.deviceId);
      await expireAll(later);
      expect((await read(roomId)).slice(2).map(({ kind }) => kind)).toEqual(["forgotten", "forgotten"]);
    });
  });
}
