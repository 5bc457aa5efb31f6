/** Coming into a room again: what was missed before is lost then, and nothing is lost without a word. */
import { bernd, room } from "@nimes/testing/client/room";
import { expect, test } from "vitest";
import { withLostPlaces } from "./entering-room.ts";
import { joinedRoom } from "./room-record.ts";

const joinedAgain = (part: Parameters<typeof room>[0]) => {
  const known = room({ cursor: 9, ...part });
  const { roomId, groupId, roles, signedRoles, since } = known;
  const place = { sequence: 20, hash: new Uint8Array(32), devices: [bernd], commit: new Uint8Array(32) };
  const joined = joinedRoom({ roomId, groupId, roles, signedRoles, since }, { ...place, epoch: 9 }, known);
  return withLostPlaces(joined, known, 5);
};
const at = (sequence: number) => ({ sequence, sender: bernd });

test("whoever is added again before it has asked for what it missed, or got it, is told that it is lost (P4)", () => {
  const again = joinedAgain({ missing: [at(7), at(8)], asked: { places: [at(3)], at: 1 } });
  expect(again.room).toMatchObject({ missing: [], cursor: 20 });
  expect(again.room.asked).toBeUndefined();
  const [told, ...more] = again.changes;
  expect(told).toMatchObject({ put: "timeline", record: { notice: { type: "loss", count: 3 } } });
  expect(more).toEqual([]);
});

test("whoever missed nothing is told nothing", () => {
  expect(joinedAgain({}).changes).toEqual([]);
});
