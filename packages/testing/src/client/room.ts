/** A room of three as a device has it in its records, for tests of what the client library decides. */
import type { Knowledge } from "@nimes/client/core/apply-entries";
import type { RoomRecord } from "@nimes/client/core/room-record";
import { foundedRoom } from "@nimes/client/core/room-record";
import type { ClientId, RoomId } from "@nimes/protocol/ids";
import { userOf } from "@nimes/protocol/ids";

const clientId = (digit: string): ClientId =>
  `${digit.repeat(8)}-0000-4000-8000-000000000000:${digit.repeat(32)}@${"0".repeat(32)}` as ClientId;
export const anna = clientId("a");
export const bernd = clientId("b");
export const clara = clientId("c");
export const roomId = "12".repeat(32) as RoomId;

/** Of Anna's device, which has read nothing yet. */
export const knowledge: Knowledge = {
  self: anna,
  knownMessage: () => undefined,
  messageAt: () => undefined,
  ownAt: () => undefined,
  hashAt: () => undefined,
  isKnownBytes: () => false,
  isEnded: () => false,
  receivedAt: 10_000,
  latestTime: Number.POSITIVE_INFINITY,
};

/** Anna founded it and is its owner. @param part what is otherwise. */
export const room = (part: Partial<RoomRecord> = {}): RoomRecord => ({
  ...foundedRoom({
    roomId,
    roles: {
      roomId,
      kind: "group",
      author: anna,
      version: 1,
      hash: new Uint8Array(32),
      users: [{ userId: userOf(anna), role: "owner" }],
    },
    signedRoles: [],
    standing: { state: "member" },
    since: 0,
    self: anna,
    name: "Lage",
    pending: [],
  }),
  ...part,
});
