/** Welcomes of a server's own making: none changes a room that is there, and none keeps a room out for good. */
import type { FullEntry } from "@nimes/protocol/entry";
import { digestOf, nextRunningHash } from "@nimes/protocol/entry";
import type { InboxItem, ServerFrame } from "@nimes/protocol/frames/server-frames";
import type { RoomId } from "@nimes/protocol/ids";
import { afterEach, beforeEach, expect, test } from "vitest";
import { fastClock } from "../network/fast-clock.ts";
import { frameLiar } from "../network/frame-liar.ts";
import * as act from "./officers.ts";
import { type OpenWorld, openWorld } from "./open-world.ts";
import { until } from "./until.ts";

let here: OpenWorld;
beforeEach(async () => {
  here = await openWorld();
});
afterEach(async () => {
  await here.close();
  expect(here.bugs).toEqual([]);
});

async function berndBehindALiar() {
  const liar = frameLiar();
  const bernd = await here.join("Bernd", { ...liar.ports, clock: fastClock(20) });
  return { liar, bernd };
}

/** A Welcome that says the log had been read up to an entry, and that others are there. */
function inventedWelcome(item: InboxItem, at: FullEntry, changes: Partial<InboxItem> = {}): ServerFrame {
  const hash = nextRunningHash(item.runningHash, digestOf(at));
  const welcome = Uint8Array.of(0, 1, 0, 3, 0, 1, ...new Uint8Array(50));
  const place = { sequence: item.sequence + 1, roomSequence: at.sequence, runningHash: hash };
  return { type: "inbox", items: [{ ...item, ...place, welcome, ...changes }] };
}

test("what is held back behind an invented Welcome is asked for again, and nothing of it is lost (P4)", async () => {
  const { liar, bernd } = await berndBehindALiar();
  const anna = await here.join("Anna");
  const room = await act.openDirect(anna, bernd);
  await act.say(anna, room, "eins");
  await act.hears(bernd, room, "eins");
  const item = liar.told("inbox").at(-1)?.items[0];
  if (!item) throw new Error("Bernd came in by a Welcome");
  let hidden = 0;
  liar.lie({
    toClient(frame) {
      if (frame.type !== "entries" || hidden === 3) return [frame];
      return frame.entries.flatMap((entry) => {
        if (hidden === 3 || entry.kind !== "application") return [{ ...frame, entries: [entry] }];
        hidden += 1;
        return hidden === 3 ? [inventedWelcome(item, entry)] : [];
      });
    },
  });
  const words = ["zwei", "drei", "vier", "fünf"];
  for (const text of words) await act.say(anna, room, text);
  await act.hears(bernd, room, "fünf");
  expect(hidden).toBe(3);
  expect(await act.textsOf(bernd, room)).toEqual(["eins", ...words]);
  await act.say(bernd, room, "alles da");
  await act.hears(anna, room, "alles da");
});

test("the list of people that is shown is the tree's, whatever Welcome is made up (P9)", async () => {
  const { liar, bernd } = await berndBehindALiar();
  const [anna, mallory] = [await here.join("Anna"), await here.join("Mallory")];
  const room = await act.openGroup(anna, "Lage", [bernd, mallory]);
  await act.say(anna, room, "eins");
  await act.hears(bernd, room, "eins");
  const item = liar.told("inbox").at(-1)?.items[0];
  if (!item) throw new Error("Bernd came in by a Welcome");
  const devices = item.devices.filter((one) => !one.startsWith(mallory.me.userId));
  const isTold = liar.lieOnce("entries", ({ entries: [entry] }) =>
    entry && "bytes" in entry ? [inventedWelcome(item, entry, { devices })] : undefined,
  );
  await act.say(anna, room, "zwei");
  await act.say(anna, room, "drei");
  await act.hears(bernd, room, "drei");
  expect(isTold()).toBe(true);
  expect(await act.membersOf(bernd, room)).toEqual(["Anna", "Bernd", "Mallory"]);
});

type Lie = { change: (item: InboxItem, other: InboxItem) => InboxItem };
const random = (bytes: Uint8Array): Uint8Array => crypto.getRandomValues(new Uint8Array(bytes.byteLength));
/** Each field of a Welcome as it never was; `other` is a real one of another room. */
const lies: [field: string, lie: Lie][] = [
  ["huge sequence", { change: (item) => ({ ...item, sequence: 9_000_000_000_000_000 }) }],
  ["another roomId", { change: (item, { roomId }) => ({ ...item, roomId }) }],
  ["huge roomSequence", { change: (item) => ({ ...item, roomSequence: 1_000_000 }) }],
  ["roomSequence 0", { change: (item) => ({ ...item, roomSequence: 0 }) }],
  ["another runningHash", { change: (item) => ({ ...item, runningHash: random(item.runningHash) }) }],
  ["garbage for a welcome", { change: (item) => ({ ...item, welcome: random(item.welcome) }) }],
  ["another room's welcome", { change: (item, { welcome }) => ({ ...item, welcome }) }],
  ["another room's roles", { change: (item, { roles }) => ({ ...item, roles }) }],
  ["another groupId", { change: (item, { groupId }) => ({ ...item, groupId }) }],
  ["another welcomeProof", { change: (item, { welcomeProof }) => ({ ...item, welcomeProof }) }],
  ["itself alone as devices", { change: (item) => ({ ...item, devices: item.devices.slice(-1) }) }],
  [
    "another committer",
    { change: (item) => ({ ...item, committer: item.devices.at(-1) ?? item.committer }) },
  ],
];

test("a Welcome in which any field is a lie, and then an honest one: the room comes, or whoever was to come is shown as missing", async () => {
  const { liar, bernd } = await berndBehindALiar();
  const anna = await here.join("Anna");
  await act.openGroup(anna, "Anfang", [bernd]);
  const other = liar.told("inbox").at(-1)?.items[0];
  if (!other) throw new Error("Bernd came in by a Welcome");
  const silent: string[] = [];
  for (const [field, { change }] of lies) {
    const isTold = liar.lieOnce("inbox", ({ items }) => [
      { type: "inbox", items: items.map((item) => change(item, other)) },
    ]);
    const group = await anna.client.createGroup({ name: field, userIds: [bernd.me.userId] });
    if (!group.ok) throw new Error(group.code);
    await act.say(anna, group.value, `dringend: ${field}`);
    await until(bernd.client, `the lie about ${field} was told`, async () => isTold());
    await bernd.client.reconnect();
    const room: RoomId = group.value;
    await act.hears(bernd, room, `dringend: ${field}`).catch(async () => {
      // Nobody may be thought to read who does not.
      const shown = await act.membersOf(anna, room);
      if (shown.includes("Bernd")) silent.push(field);
    });
  }
  expect(silent).toEqual([]);
});

const places: [what: string, lie: (item: InboxItem) => InboxItem][] = [
  ["running hash", (item) => ({ ...item, runningHash: new Uint8Array(32).fill(7) })],
  ["place", (item) => ({ ...item, roomSequence: item.roomSequence + 1 })],
  ["place far ahead", (item) => ({ ...item, roomSequence: 4_000_000 })],
];
test.for(places)(
  "a wrong %s beside a Welcome is put right by the signed commit, and nothing is lost or warned of (P4)",
  async ([, lie]) => {
    const { liar, bernd } = await berndBehindALiar();
    const anna = await here.join("Anna");
    const isTold = liar.lieOnce("inbox", (frame) => [{ ...frame, items: frame.items.map(lie) }]);
    const room = await act.openDirect(anna, bernd);
    for (const text of ["eins", "zwei", "drei"]) await act.say(anna, room, text);
    await act.hears(bernd, room, "drei");
    await act.say(bernd, room, "Antwort");
    await act.hears(anna, room, "Antwort");
    await act.say(anna, room, "vier");
    await act.hears(bernd, room, "vier");
    expect(isTold()).toBe(true);
    expect(await act.textsOf(bernd, room)).toEqual(["eins", "zwei", "drei", "Antwort", "vier"]);
    const told = (await act.noticesOf(bernd, room)).map(({ type }) => type);
    expect(told.filter((type) => type !== "added" && type !== "founded")).toEqual([]);
  },
);
