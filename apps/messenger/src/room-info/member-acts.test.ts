import type { RoomDetail, RoomMember } from "@nimes/client/nimes-client";
import type { RoomId, UserId } from "@nimes/protocol/ids";
import { ok } from "@nimes/protocol/result";
import { expect, test } from "vitest";
import { actsFor, carryOut, keyOf, needsAsking } from "./member-acts.ts";

const roomId = "12".repeat(32) as RoomId;
const bernd: RoomMember = {
  userId: "b".repeat(8) as UserId,
  displayName: "Bernd",
  unitName: "PI Celle",
  role: "member",
  state: "member",
  removable: true,
  grantable: ["owner", "moderator", "reader"],
  devices: [{ clientId: "b" as never, deviceClass: "service", since: 0 }],
};
const room = (part: Partial<RoomDetail> = {}): RoomDetail => ({
  roomId,
  kind: "group",
  name: "Lage",
  unread: 0,
  draft: "",
  people: 2,
  readers: 2,
  devices: 2,
  writable: true,
  present: true,
  members: [bernd],
  myRole: "owner",
  mayLeave: true,
  isLeaving: false,
  isLastOwner: true,
  canChangeMembers: true,
  mayBringBack: true,
  ...part,
});
const acts = (member: Partial<RoomMember>, part: Partial<RoomDetail> = {}) =>
  actsFor(room(part), { ...bernd, ...member }).map(keyOf);

test("what is offered is what the rules allow, nothing else", () => {
  expect(acts({})).toEqual(["owner", "moderator", "reader", "remove"]);
  expect(acts({ grantable: ["reader"], removable: false })).toEqual(["reader"]);
  expect(acts({ grantable: [], removable: false })).toEqual([]);
});

test("a wish can be taken back until it has been carried out", () => {
  expect(acts({ state: "pending", grantable: [] })).toEqual(["do-not-add"]);
  expect(acts({ state: "leaving" })).toEqual(["keep"]);
  expect(acts({ state: "leaving" }, { canChangeMembers: false })).toEqual([]);
  expect(acts({ state: "left" })).toEqual([]);
});

test("whoever has a new device is brought back by those who may", () => {
  const away = { devices: [], grantable: [] };
  expect(acts(away)).toEqual(["bring-back", "remove"]);
  expect(acts({ ...away, removable: false }, { mayBringBack: false })).toEqual([]);
});

test("whoever is not in the room any more is offered nothing", () => {
  expect(acts({}, { present: false })).toEqual([]);
});

test("giving and losing the lead, removing and bringing back are asked about", () => {
  const asked = (member: Partial<RoomMember> = {}) =>
    actsFor(room(), { ...bernd, ...member })
      .filter((act) => needsAsking(act, { ...bernd, ...member }))
      .map(keyOf);
  expect(asked()).toEqual(["owner", "remove"]);
  expect(asked({ role: "owner", grantable: ["moderator", "member"] })).toEqual([
    "moderator",
    "member",
    "remove",
  ]);
  expect(asked({ state: "pending" })).toEqual([]);
  expect(asked({ state: "leaving" })).toEqual([]);
});

test("each act asks the client library for the one thing that it says", async () => {
  const asked: unknown[] = [];
  const note =
    (name: string) =>
    async (...args: unknown[]) => {
      asked.push([name, ...args]);
      return ok(undefined);
    };
  const client = {
    setRole: note("setRole"),
    addPeople: note("addPeople"),
    removePerson: note("removePerson"),
  };
  const at = { roomId, userId: bernd.userId };
  await carryOut(client, at, { act: "give-role", role: "moderator" });
  for (const act of ["keep", "bring-back", "remove", "do-not-add"] as const)
    await carryOut(client, at, { act });
  expect(asked).toEqual([
    ["setRole", roomId, bernd.userId, "moderator"],
    ["addPeople", roomId, [bernd.userId]],
    ["addPeople", roomId, [bernd.userId]],
    ["removePerson", roomId, bernd.userId],
    ["removePerson", roomId, bernd.userId],
  ]);
});
