/** A device that lost its place comes back by itself, whatever the server tells it meanwhile; whoever was taken out does not. */
import { webSockets } from "@nimes/client/adapters/web-sockets";
import { fromHex } from "@nimes/protocol/bytes";
import type { FullEntry } from "@nimes/protocol/entry";
import type { RoomId } from "@nimes/protocol/ids";
import { routes } from "@nimes/protocol/routes/routes";
import type { Signed } from "@nimes/protocol/schema";
import { afterEach, beforeEach, expect, test } from "vitest";
import { fastClock } from "../network/fast-clock.ts";
import { entriesOf, frameLiar } from "../network/frame-liar.ts";
import { lyingRoute } from "../network/hostile-http.ts";
import { hostileSockets, retoldLog } from "../network/hostile-server.ts";
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

const hasComeBack = (officer: act.Officer, room: RoomId): Promise<unknown> =>
  until(officer.client, `${officer.name} has come back`, async () =>
    (await act.noticesOf(officer, room)).some(({ type }) => type === "came-back"),
  );

/** Bernd, who may add people, dies between the server's yes to his commit and the end of his transaction. */
async function deadInBetween() {
  const liar = frameLiar();
  const bernd = await here.join("Bernd", liar.ports);
  let old: OldGroup | undefined;
  // What Anna's first commit leads to, as the server keeps it.
  const watched = hostileSockets(webSockets, {
    swallow(frame) {
      if (frame.type === "submit" && frame.submission.kind === "commit") {
        const { epoch, groupInfo } = frame.submission;
        old ??= { epoch: epoch + 1, groupId: fromHex(frame.roomId), groupInfo };
      }
      return undefined;
    },
  });
  const [anna, clara] = [await here.join("Anna", { sockets: watched }), await here.join("Clara")];
  for (const one of [bernd, clara]) await act.knows(anna, one);
  const { userId } = bernd.me;
  const made = await anna.client.createGroup({ name: "Lage", userIds: [userId], moderators: [userId] });
  if (!made.ok) throw new Error(made.code);
  const room = made.value;
  await act.hasRoom(bernd, "Lage");
  await act.say(anna, room, "eins");
  await act.hears(bernd, room, "eins");
  await act.knows(bernd, clara);
  const deaf = () => liar.lie({ toClient: () => [] });
  deaf();
  await bernd.client.addPeople(room, [clara.me.userId]);
  await act.shows(anna, room, ["Anna", "Bernd", "Clara"]);
  await here.sleep(bernd);
  liar.honest();
  if (!old) throw new Error("Anna has founded the group");
  return { anna, bernd, clara, room, old };
}

test("a device to which the server shows something else in a commit's place, and again when it asks, comes back with the next message (P4)", async () => {
  const liar = frameLiar();
  const [anna, clara] = [await here.join("Anna"), await here.join("Clara")];
  const bernd = await here.join("Bernd", { ...liar.ports, clock: fastClock(20) });
  let spoken: FullEntry | undefined;
  let isTold = false;
  liar.lie(
    retoldLog((entry) => {
      if (entry.kind === "application") spoken ??= entry;
      if (isTold || !spoken || entry.kind !== "commit") return [entry];
      isTold = true;
      const { devices: _, ...place } = entry;
      return [{ ...place, kind: "application", bytes: spoken.bytes.slice(0, 80) }];
    }),
  );
  const room = await act.openGroup(anna, "Lage", [bernd]);
  await act.say(anna, room, "eins");
  await act.hears(bernd, room, "eins");
  await act.knows(anna, clara);
  expect((await anna.client.addPeople(room, [clara.me.userId])).ok).toBe(true);
  await act.hasRoom(clara, "Lage");
  await act.say(anna, room, "zwei");
  await act.hears(bernd, room, "zwei");
  expect(isTold).toBe(true);
  await hasComeBack(bernd, room);
  await act.say(bernd, room, "drei");
  for (const one of [anna, clara]) await act.hears(one, room, "drei");
  for (const one of [anna, bernd, clara]) await act.shows(one, room, ["Anna", "Bernd", "Clara"]);
});

test("whoever was taken out while their device had lost its place stays out (M10)", async () => {
  const { anna, bernd, clara, room } = await deadInBetween();
  await anna.client.removePerson(room, bernd.me.userId);
  await act.shows(anna, room, ["Anna", "Clara"]);
  await act.say(anna, room, "ohne Bernd");
  await act.hears(clara, room, "ohne Bernd");
  const again = await here.wake(bernd, { clock: fastClock(20) });
  await act.isOnline(again);
  await act.say(clara, room, "noch immer ohne Bernd");
  await act.hears(anna, room, "noch immer ohne Bernd");
  await until(again.client, "Bernd is told", async () => (await again.client.room(room))?.present === false);
  expect(await act.textsOf(again, room)).toEqual(["eins"]);
  expect(await act.membersOf(anna, room)).toEqual(["Anna", "Clara"]);
});

test("what was put on a message while a device had lost its place is there when it is back (P4)", async () => {
  const { anna, bernd, room } = await deadInBetween();
  const [marked] = await act.messagesOf(anna, room);
  if (!marked) throw new Error("Anna has written");
  await anna.client.mark(room, { kind: "reaction", to: marked.messageId, emoji: "👍" });
  await act.say(anna, room, "zwei");
  await act.isSent(anna, room, "zwei");
  const again = await here.wake(bernd, { clock: fastClock(20) });
  await hasComeBack(again, room);
  await act.hears(again, room, "zwei");
  await until(again.client, "Bernd sees it", async () => {
    const [seen] = await act.messagesOf(again, room);
    return seen?.marks?.reaction?.[0]?.emoji === "👍";
  });
});

test("a healing that is shown once more, at the end of the log or in another's name, changes nothing (M15)", async () => {
  const { anna, bernd, clara, room } = await deadInBetween();
  const liar = frameLiar();
  await here.sleep(clara);
  const watching = await here.wake(clara, { ...liar.ports, clock: fastClock(20) });
  await act.isOnline(watching);
  const again = await here.wake(bernd, { clock: fastClock(20) });
  await hasComeBack(again, room);
  await act.say(again, room, "wieder da");
  await act.hears(watching, room, "wieder da");
  const healing = entriesOf(liar).findLast(
    (entry): entry is FullEntry => entry.kind === "commit" && entry.rejoin !== undefined,
  );
  if (!healing) throw new Error("Bernd has healed");
  const lies = [{}, { sender: anna.me.clientId }, { epoch: healing.epoch + 1 }];
  let told = 0;
  liar.lie(
    retoldLog((entry) => {
      const lie = entry.kind === "application" ? lies[told] : undefined;
      if (lie) told += 1;
      return lie ? [entry, { ...healing, ...lie }] : [entry];
    }),
  );
  for (const text of ["zwei", "drei", "vier", "fünf"]) {
    await act.say(anna, room, text);
    await act.hears(watching, room, text);
  }
  expect(told).toBe(lies.length);
  await act.say(watching, room, "alles wie zuvor");
  for (const one of [anna, again]) await act.hears(one, room, "alles wie zuvor");
  expect(await act.membersOf(watching, room)).toEqual(["Anna", "Bernd", "Clara"]);
});

type OldGroup = { epoch: number; groupId: Uint8Array; groupInfo: Uint8Array };
type GroupInfo = OldGroup & { roles: Signed[] };
const random = (bytes: Uint8Array): Uint8Array => crypto.getRandomValues(new Uint8Array(bytes.byteLength));
/** `old` is of an epoch that the device has seen end. */
const groupInfoLies: [what: string, lie: (honest: GroupInfo, old: OldGroup) => GroupInfo][] = [
  ["an older epoch's GroupInfo", (honest, old) => ({ ...honest, groupInfo: old.groupInfo })],
  ["an older epoch", (honest, old) => ({ ...honest, ...old })],
  ["another group", (honest) => ({ ...honest, groupId: random(honest.groupId) })],
  ["garbage", (honest) => ({ ...honest, groupInfo: random(honest.groupInfo) })],
];

test("a GroupInfo that is older, of another group or garbage heals nobody into anything else, and an honest one does", async () => {
  const { anna, bernd, clara, room, old } = await deadInBetween();
  let told = 0;
  const http = lyingRoute(routes.getGroupInfo, (honest) => {
    const lie = groupInfoLies[told]?.[1];
    told += 1;
    return lie?.(honest, old) ?? honest;
  });
  const again = await here.wake(bernd, { http, clock: fastClock(20) });
  await hasComeBack(again, room);
  expect(told).toBe(groupInfoLies.length + 1);
  await act.say(again, room, "wieder da");
  for (const one of [anna, clara]) await act.hears(one, room, "wieder da");
  expect(await act.membersOf(again, room)).toEqual(["Anna", "Bernd", "Clara"]);
});
