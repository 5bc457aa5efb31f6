/** Each law of the simulation finds what breaks it: a law that finds nothing proves nothing. */

import type { MessageItem, RoomMember, TimelineItem } from "@nimes/client/nimes-client";
import type { Content } from "@nimes/protocol/content/content";
import type { ClientId, MessageId } from "@nimes/protocol/ids";
import { userOf } from "@nimes/protocol/ids";
import { expect, test } from "vitest";
import { anna, bernd, clara, roomId } from "../../client/room.ts";
import { createLedger, type Ledger } from "../ledger.ts";
import { noteSealed } from "../phones/watch-e2ee.ts";
import { inTwoRooms, misplaced, readsWhatWasNotMeant, shownIsNotTree, vanished } from "./at-every-step.ts";
import { sendsTooMuch } from "./bounds.ts";
import { sentToNobody } from "./nothing-lost.ts";
import type { RoomView } from "./room-view.ts";
import { orderDiffers } from "./same-order.ts";
import { judgeSeal, type Sealing } from "./sealing.ts";

const member = (clientId: ClientId, part: Partial<RoomMember> = {}): RoomMember => ({
  userId: userOf(clientId),
  displayName: clientId.slice(0, 1),
  unitName: "",
  role: "member",
  state: "member",
  devices: [{ clientId, deviceClass: "service", since: 0 }],
  removable: false,
  grantable: [],
  ...part,
});
const message = (id: string, by: ClientId, part: Partial<MessageItem> = {}): MessageItem => ({
  kind: "message",
  messageId: id as MessageId,
  sender: { userId: userOf(by), displayName: "" },
  own: false,
  at: 0,
  body: { kind: "text", text: `Wort ${id}` },
  ...part,
});
const view = (items: TimelineItem[], part: Partial<RoomView> = {}): RoomView => ({
  name: "Bernd",
  me: { userId: userOf(bernd), clientId: bernd },
  room: {
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
  },
  members: [member(anna), member(bernd)],
  tree: [anna, bernd],
  items,
  ...part,
});
function ledgerOf(text: string): Ledger {
  const ledger = createLedger();
  ledger.words.push({ text, messageId: "1" as MessageId, roomId, by: userOf(anna), from: anna });
  return ledger;
}

test("members shown are the leaves of the tree: one too many and one too few are found (P9)", () => {
  expect(shownIsNotTree(view([]))).toEqual([]);
  expect(shownIsNotTree(view([], { tree: [anna, bernd, clara] }))).toEqual([
    "Bernd does not show 1 of those who read",
  ]);
  expect(shownIsNotTree(view([], { tree: [bernd] }))).toEqual(["Bernd shows 1 who do not read"]);
});

test("what a phone shows was sealed for it", () => {
  const ledger = createLedger();
  ledger.sealedFor.set("1" as MessageId, new Set([anna]));
  expect(readsWhatWasNotMeant(view([message("1", anna)]), ledger)).toHaveLength(1);
  ledger.sealedFor.get("1" as MessageId)?.add(bernd);
  expect(readsWhatWasNotMeant(view([message("1", anna)]), ledger)).toEqual([]);
});

test("what is sealed again, for whoever was there the first time, is meant for nobody who came since", () => {
  const ledger = createLedger();
  const content = (first?: number): Content => ({
    messageId: "1" as MessageId,
    ...{ time: 1, counter: 1, seen: { sequence: 1, hash: new Uint8Array(32) } },
    roles: { version: 1, hash: new Uint8Array(32) },
    body: { kind: "text", text: "Wort" },
    ...(first !== undefined && { first }),
  });
  noteSealed(ledger, { contents: [content()], shown: [anna, bernd] });
  noteSealed(ledger, { contents: [content(3)], shown: [anna, bernd, clara] });
  noteSealed(ledger, undefined);
  expect([...(ledger.sealedFor.get("1" as MessageId) ?? [])]).toEqual([anna, bernd]);
});

test("a message stands once, in its room, under its sender (P2)", () => {
  const ledger = ledgerOf("Wort 1");
  const honest = view([message("1", anna)]);
  expect(misplaced(honest, ledger)).toEqual([]);
  expect(misplaced(view([...honest.items, ...honest.items]), ledger)).toEqual([
    "Bernd is shown a message twice",
  ]);
  expect(misplaced(view([message("1", clara)]), ledger)).toEqual([
    "Bernd is shown a message under another name",
  ]);
  const elsewhere = { ...honest, room: { ...honest.room, roomId: "34".repeat(32) as typeof roomId } };
  expect(misplaced(elsewhere, ledger)).toEqual(["Bernd is shown a message in another room"]);
  expect(inTwoRooms([honest, view([])])).toEqual([]);
  expect(inTwoRooms([honest, elsewhere])).toEqual(["Bernd is shown a message in two rooms"]);
});

test("a word that was stored is shown", () => {
  const ledger = ledgerOf("Wort 1");
  expect(vanished([view([])], ledger, anna)).toHaveLength(1);
  expect(vanished([view([message("1", anna)])], ledger, anna)).toEqual([]);
  expect(vanished([view([])], ledger, bernd)).toEqual([]);
});

test("another order is found, unless somebody is told (P3, P4)", () => {
  const [one, two] = [message("1", anna, { sequence: 1 }), message("2", anna, { sequence: 2 })];
  expect(orderDiffers([view([one, two]), view([one, two])])).toEqual([]);
  expect(orderDiffers([view([one, two]), view([two, one])])).toHaveLength(1);
  const warned: TimelineItem = { kind: "notice", id: "n", at: 0, notice: { type: "fork", sender: "Anna" } };
  expect(orderDiffers([view([one, two]), view([two, one, warned])])).toEqual([]);
});

test("what is shown as sent is where it was sealed for, or somebody is told (P1, P4)", () => {
  const sent = view([message("1", anna, { own: true, delivery: { state: "delivered" } })], {
    me: { userId: userOf(anna), clientId: anna },
  });
  const sealedFor = new Map([["1" as MessageId, new Set([anna, bernd])]]);
  const lost: TimelineItem = {
    kind: "notice",
    id: "n",
    at: 0,
    notice: { type: "loss", sender: "Anna", count: 1 },
  };
  const found = (items: TimelineItem[], isOut = false) =>
    sentToNobody([sent, view(items)], sealedFor, () => isOut);
  expect(found([])).toHaveLength(1);
  expect(found([message("1", anna)])).toEqual([]);
  expect(found([lost])).toEqual([]);
  expect(found([], true)).toEqual([]);
});

test.for<[string, Partial<Sealing>]>([
  ["is not shown in the room", { tree: [anna, clara] }],
  ["not in the room yet", { members: [member(anna), member(bernd, { state: "pending" })] }],
  ["that is not shown", { members: [member(anna), member(bernd, { devices: [] })] }],
  [
    "ended phone",
    {
      members: [
        member(anna),
        member(bernd, { ended: [{ clientId: bernd, deviceClass: "service", since: 0, until: 1 }] }),
      ],
    },
  ],
  ["whom nobody wanted", { wished: new Set([userOf(anna)]) }],
  ["whom the writer has taken out", { unwanted: new Set([userOf(bernd)]) }],
])("a leaf that reads and %s is found at the seal (P9)", ([what, part]) => {
  const honest: Sealing = {
    tree: [anna, bernd],
    members: [member(anna), member(bernd)],
    wished: new Set([userOf(anna), userOf(bernd)]),
    unwanted: new Set(),
  };
  expect(judgeSeal(honest, String)).toEqual([]);
  expect(judgeSeal({ ...honest, ...part }, String).join()).toContain(what);
});

test("a loop without a pause is found, on a slow machine, too; what a busy app sends is none", () => {
  const sent = (requests: number, frames: number) => ({
    name: "Bernd",
    sent: { requests, frames, sinceMs: 10_000 },
  });
  expect(sendsTooMuch(sent(401, 801), 10_000)).toEqual([
    "Bernd makes requests without a pause",
    "Bernd sends frames without a pause",
  ]);
  expect(sendsTooMuch(sent(1_201, 0), 12_000)).toHaveLength(1);
  expect(sendsTooMuch(sent(1_200, 2_400), 12_000)).toEqual([]);
  const counted = sent(1_201, 0);
  sendsTooMuch(counted, 12_000);
  expect(sendsTooMuch(counted, 12_000)).toEqual([]);
});
