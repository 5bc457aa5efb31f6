/**
 * Every field of what a server shows of the log, as a lie told once in place of the honest entry; afterwards the server is
 * honest. Nothing is shown twice, under another name or in another room; what is missing is said; the room goes on.
 */
import type { FullEntry } from "@nimes/protocol/entry";
import type { ServerFrame } from "@nimes/protocol/frames/server-frames";
import type { RoomId } from "@nimes/protocol/ids";
import { newSubmissionId } from "@nimes/protocol/ids";
import { afterAll, beforeAll, expect, test } from "vitest";
import { fastClock } from "../network/fast-clock.ts";
import { entriesOf, type FrameLiar, frameLiar } from "../network/frame-liar.ts";
import * as act from "./officers.ts";
import { type OpenWorld, openWorld } from "./open-world.ts";
import { until } from "./until.ts";

/** One world for all lies, and a fresh room for each. Bernd is lied to. */
let here: OpenWorld;
let liar: FrameLiar;
let anna: act.Officer;
let bernd: act.Officer;
let clara: act.Officer;
/** Another room of Anna's and Bernd's. */
let other: RoomId;
beforeAll(async () => {
  here = await openWorld();
  liar = frameLiar();
  anna = await here.join("Anna");
  bernd = await here.join("Bernd", { ...liar.ports, clock: fastClock(20) });
  clara = await here.join("Clara");
  other = await act.openGroup(anna, "Anderswo", [bernd]);
});
afterAll(async () => {
  await here.close();
  expect(here.bugs).toEqual([]);
});

let rooms = 0;
async function freshGroup(): Promise<RoomId> {
  liar.honest();
  rooms += 1;
  const room = await act.openGroup(anna, `Lage ${rooms}`, [bernd, clara]);
  await act.say(anna, room, "eins");
  for (const one of [bernd, clara]) await act.hears(one, room, "eins");
  await act.isDelivered(anna, room, "eins");
  return room;
}

const random = (bytes: Uint8Array): Uint8Array => crypto.getRandomValues(new Uint8Array(bytes.byteLength));
const lastOf = (kind: FullEntry["kind"], not: Uint8Array): FullEntry => {
  const found = entriesOf(liar).findLast(
    (entry): entry is FullEntry => entry.kind === kind && entry.bytes !== not,
  );
  if (!found) throw new Error(`no entry of kind ${kind} was seen`);
  return found;
};
const huge = 9_000_000_000_000_000;

type Lie = (entry: FullEntry) => FullEntry;
const lies: [what: string, lie: Lie][] = [
  ["sequence one too high", (entry) => ({ ...entry, sequence: entry.sequence + 1 })],
  ["sequence of an older one", (entry) => ({ ...entry, sequence: entry.sequence - 1 })],
  ["huge sequence", (entry) => ({ ...entry, sequence: huge })],
  ["kind commit", (entry) => ({ ...entry, kind: "commit", devices: [bernd.me.clientId] })],
  ["kind roles", (entry) => ({ ...entry, kind: "roles" })],
  ["kind leave", (entry) => ({ ...entry, kind: "leave" })],
  ["kind refound", (entry) => ({ ...entry, kind: "refound", devices: [bernd.me.clientId] })],
  ["epoch of the past", (entry) => ({ ...entry, epoch: 0 })],
  ["epoch to come", (entry) => ({ ...entry, epoch: 1_000_000 })],
  ["another member as sender", (entry) => ({ ...entry, sender: clara.me.clientId })],
  ["the reader as sender", (entry) => ({ ...entry, sender: bernd.me.clientId })],
  ["another submissionId", (entry) => ({ ...entry, submissionId: newSubmissionId() })],
  ["time long past", (entry) => ({ ...entry, time: 1 })],
  ["time to come", (entry) => ({ ...entry, time: huge })],
  ["garbage for bytes", (entry) => ({ ...entry, bytes: random(entry.bytes) })],
  ["bytes of an older message", (entry) => ({ ...entry, bytes: lastOf("application", entry.bytes).bytes })],
  ["bytes of a commit", (entry) => ({ ...entry, bytes: lastOf("commit", entry.bytes).bytes })],
  ["a commit of before", (entry) => ({ ...lastOf("commit", entry.bytes), sequence: entry.sequence })],
];

const warns = async (officer: act.Officer, room: RoomId): Promise<boolean> =>
  (await act.noticesOf(officer, room)).some(({ type }) =>
    ["loss", "fork", "unopened", "refused"].includes(type),
  );

async function goesOn(room: RoomId, isTold: () => boolean): Promise<void> {
  await act.say(anna, room, "zwei");
  await act.isSent(anna, room, "zwei");
  await until(bernd.client, "the lie was told", async () => isTold());
  for (const text of ["drei", "vier"]) {
    await act.say(anna, room, text);
    await act.isSent(anna, room, text);
  }
  await act.hears(bernd, room, "vier");
  await act.say(bernd, room, "verstanden");
  for (const one of [anna, clara]) await act.hears(one, room, "verstanden");
  await act.say(clara, room, "gut");
  await act.hears(bernd, room, "gut");
}

test.for(lies)("an entry with %s: shown once or missed aloud, and the room goes on", async ([, lie]) => {
  const room = await freshGroup();
  const isTold = liar.lieOnce("entries", (frame) => {
    const [entry, ...rest] = frame.entries;
    if (frame.roomId !== room || entry?.kind !== "application") return undefined;
    return [{ ...frame, entries: [lie(entry), ...rest] }];
  });
  await goesOn(room, isTold);
  const messages = await act.messagesOf(bernd, room);
  const words = messages.flatMap(({ body, sender }) =>
    body.kind === "text" ? [`${sender.displayName}: ${body.text}`] : [],
  );
  const isMissing = !words.includes("Anna: zwei");
  const honest = ["Anna: eins", "Anna: zwei", "Anna: drei", "Anna: vier", "Bernd: verstanden", "Clara: gut"];
  expect(words).toEqual(honest.filter((word) => !(isMissing && word === "Anna: zwei")));
  if (isMissing) expect(await warns(bernd, room)).toBe(true);
  expect(await act.membersOf(bernd, room)).toEqual(["Anna", "Bernd", "Clara"]);
  expect(await act.textsOf(bernd, other)).toEqual([]);
});

const frameLies: [what: string, lie: (frame: Extract<ServerFrame, { type: "entries" }>) => ServerFrame[]][] =
  [
    ["shown in another room", (frame) => [{ ...frame, roomId: other }]],
    ["shown in another room, too", (frame) => [{ ...frame, roomId: other }, frame]],
    ["with another running hash before it", (frame) => [{ ...frame, previous: random(new Uint8Array(32)) }]],
    ["held back", () => []],
    ["twice", (frame) => [frame, frame]],
  ];
test.for(frameLies)(
  "entries %s: nothing in another room, nothing twice, and the room goes on",
  async ([, lie]) => {
    const room = await freshGroup();
    const isTold = liar.lieOnce("entries", (frame) => (frame.roomId === room ? lie(frame) : undefined));
    await goesOn(room, isTold);
    expect(await act.textsOf(bernd, room)).toEqual(["eins", "zwei", "drei", "vier", "verstanden", "gut"]);
    expect(await act.textsOf(bernd, other)).toEqual([]);
    await act.say(anna, other, `hier ist anderswo ${rooms}`);
    await act.hears(bernd, other, `hier ist anderswo ${rooms}`);
    other = await act.openGroup(anna, `Anderswo ${rooms}`, [bernd]);
  },
);
