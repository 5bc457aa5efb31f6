/** When a device renews its keys: spread in time, in any of the rooms that are due, and never in the way of a message. */
import type { RoomId } from "@nimes/protocol/ids";
import { room } from "@nimes/testing/client/room";
import { createManualClock } from "@nimes/testing/network/manual-clock";
import { expect, test } from "vitest";
import { weekly } from "../../core/renewal.ts";
import { createRenewal } from "./renewal.ts";

const idOf = (digits: string): RoomId => digits.repeat(32) as RoomId;
const due = (digits: string) => room({ roomId: idOf(digits), sealedSince: weekly.renewAfterMessages });

function scene({ waiting = [] as RoomId[], isOnline = true } = {}) {
  const clock = createManualClock();
  const renewed: RoomId[] = [];
  const rooms = [due("aa"), due("bb"), room({ roomId: idOf("cc"), sealedSince: 1 })];
  let chance = 0;
  const renewal = createRenewal({
    rooms: { all: () => rooms },
    clock,
    keyPace: weekly,
    random() {
      chance = (chance + 0.3) % 1;
      return chance;
    },
    isOnline: () => isOnline,
    waitsToSeal: (roomId) => waiting.includes(roomId),
    renew: (roomId) => renewed.push(roomId),
  });
  renewal.start();
  return { clock, renewed, renewal };
}

test("a room in which the server takes no renewal keeps no other one waiting", () => {
  const { clock, renewed } = scene();
  clock.advance(4 * 60 * 60_000);
  expect(new Set(renewed)).toEqual(new Set([idOf("aa"), idOf("bb")]));
});

test("renewals are spread in time: none within five minutes of the one before", () => {
  const { clock, renewed } = scene();
  clock.advance(60 * 60_000);
  expect(renewed.length).toBeGreaterThan(0);
  expect(renewed.length).toBeLessThanOrEqual(12);
});

test("where a message waits, without a connection, and after the end nothing is renewed", () => {
  const waiting = scene({ waiting: [idOf("aa"), idOf("bb")] });
  waiting.clock.advance(60 * 60_000);
  expect(waiting.renewed).toEqual([]);
  const offline = scene({ isOnline: false });
  offline.clock.advance(60 * 60_000);
  expect(offline.renewed).toEqual([]);
  const ended = scene();
  ended.renewal.close();
  ended.clock.advance(60 * 60_000);
  expect(ended.renewed).toEqual([]);
});
