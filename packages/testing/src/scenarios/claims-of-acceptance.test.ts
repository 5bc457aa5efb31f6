/** What a server says of submissions is a claim: nothing is done, lost or over until the log and the tree show it. */
import type { FullEntry } from "@nimes/protocol/entry";
import { newSubmissionId } from "@nimes/protocol/ids";
import { afterEach, beforeEach, expect, test } from "vitest";
import { fastClock } from "../network/fast-clock.ts";
import { acceptanceOf, entriesOf, frameLiar, refusalOf } from "../network/frame-liar.ts";
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

/** Anna behind a server that lies when told to; for her, delays pass twenty times faster. */
async function annaBehindALiar() {
  const liar = frameLiar();
  const anna = await here.join("Anna", { ...liar.ports, clock: fastClock(20) });
  return { liar, anna };
}

test("an invented commit of the owner's own takes nobody out: who is to go reads nothing more, and goes (P9)", async () => {
  const { liar, anna } = await annaBehindALiar();
  const [bernd, mallory] = [await here.join("Bernd"), await here.join("Mallory")];
  const room = await act.openGroup(anna, "Lage", [bernd, mallory]);
  await act.say(anna, room, "alle da");
  for (const one of [bernd, mallory]) await act.hears(one, room, "alle da");
  await act.isSent(anna, room, "alle da");
  const old = entriesOf(liar).find((entry): entry is FullEntry => entry.kind === "commit");
  if (!old) throw new Error("the group was founded by a commit");
  let shift = 0;
  const last = Math.max(...entriesOf(liar).map(({ sequence }) => sequence));
  liar.lie({
    toClient(frame) {
      if (frame.type === "accepted") return [{ ...frame, sequence: frame.sequence + shift }];
      if (frame.type !== "entries") return [frame];
      const entries = frame.entries.map((entry) => ({ ...entry, sequence: entry.sequence + shift }));
      return [{ ...frame, entries }];
    },
    swallow(frame) {
      if (frame.type !== "submit" || frame.submission.kind !== "commit") return undefined;
      shift += 1;
      const { devices } = frame.submission;
      const place = { sequence: last + shift, submissionId: newSubmissionId(), time: Date.now() };
      const invented = { ...old, ...place, sender: anna.me.clientId, devices };
      const refused = refusalOf(frame, "stale-epoch", { epoch: frame.submission.epoch });
      return shift > 1 ? [refused] : [refused, { type: "entries", roomId: room, entries: [invented] }];
    },
  });
  await anna.client.removePerson(room, mallory.me.userId);
  await until(anna.client, "the lie was told", async () => shift > 1);
  await act.say(anna, room, "jetzt ohne Mallory");
  expect(await act.membersOf(anna, room)).toEqual(["Anna", "Bernd", "Mallory: leaving"]);
  expect((await act.noticesOf(anna, room)).filter(({ type }) => type === "removed")).toEqual([]);
  expect(await act.deliveryOf(anna, room, "jetzt ohne Mallory")).toEqual({ state: "waiting" });
  liar.honest();
  await anna.client.reconnect();
  await act.shows(anna, room, ["Anna", "Bernd"]);
  await act.hears(bernd, room, "jetzt ohne Mallory");
  expect(await act.textsOf(mallory, room)).toEqual(["alle da"]);
});

test.for([undefined, 1_000_000])(
  "an invented stale-epoch refusal, of epoch %s, silences no room",
  async (epoch) => {
    const { liar, anna } = await annaBehindALiar();
    const bernd = await here.join("Bernd");
    const room = await act.openDirect(anna, bernd);
    await act.say(anna, room, "eins");
    await act.hears(bernd, room, "eins");
    const isTold = liar.answerOnce((frame) => [
      refusalOf(frame, "stale-epoch", { ...(epoch !== undefined && { epoch }) }),
    ]);
    await act.say(anna, room, "zwei");
    await until(anna.client, "the lie was told", async () => isTold());
    await act.say(anna, room, "drei");
    await act.hears(bernd, room, "drei");
    expect(await act.textsOf(bernd, room)).toEqual(["eins", "zwei", "drei"]);
  },
);

test("an accepted founding that never was does not end the way to a person, also after a restart", async () => {
  const { liar, anna } = await annaBehindALiar();
  const bernd = await here.join("Bernd");
  const isTold = liar.answerOnce((frame) =>
    frame.submission.kind === "found" ? [acceptanceOf(frame)] : undefined,
  );
  const room = await act.openDirect(anna, bernd);
  await act.say(anna, room, "eins");
  await until(anna.client, "the lie was told", async () => isTold());
  await here.sleep(anna);
  const again = await here.wake(anna);
  await act.hasRoom(bernd, "Anna");
  await act.hears(bernd, room, "eins");
  await act.isDelivered(again, room, "eins");
});

test("a message that is said to stand at an older one's place makes neither vanish", async () => {
  const { liar, anna } = await annaBehindALiar();
  const bernd = await here.join("Bernd");
  const room = await act.openDirect(anna, bernd);
  await act.say(anna, room, "eins");
  await act.hears(bernd, room, "eins");
  await act.isSent(anna, room, "eins");
  const at = (await act.messagesOf(anna, room)).at(-1)?.sequence ?? 0;
  liar.lie({
    toClient: (frame) => {
      if (frame.type === "accepted") return [{ ...frame, sequence: at }];
      return frame.type === "entries" ? [] : [frame];
    },
  });
  await act.say(anna, room, "zwei");
  await act.isSent(anna, room, "zwei");
  expect(await act.textsOf(anna, room)).toEqual(["eins", "zwei"]);
  liar.honest();
  await act.isDelivered(anna, room, "zwei");
  expect(await act.textsOf(anna, room)).toEqual(["eins", "zwei"]);
  expect(await act.textsOf(bernd, room)).toEqual(["eins", "zwei"]);
});

test("a delivered frame for a place that is not there gives no second tick to what comes later", async () => {
  const { liar, anna } = await annaBehindALiar();
  const bernd = await here.join("Bernd");
  const isTold = liar.lieOnce("accepted", (frame) => [
    frame,
    { type: "delivered", roomId: frame.roomId, sequence: 9_000_000_000_000_000 },
  ]);
  const room = await act.openDirect(anna, bernd);
  await act.say(anna, room, "eins");
  await act.hears(bernd, room, "eins");
  expect(isTold()).toBe(true);
  await here.sleep(bernd);
  await act.say(anna, room, "Bernd schläft");
  await act.isSent(anna, room, "Bernd schläft");
  expect(await act.deliveryOf(anna, room, "Bernd schläft")).toEqual({ state: "sent" });
});

test("who is taken out before the own commit that added them has come back reads nothing, and is taken out (P9)", async () => {
  const { liar, anna } = await annaBehindALiar();
  const [bernd, clara] = [await here.join("Bernd"), await here.join("Clara")];
  const room = await act.openGroup(anna, "Lage", [clara]);
  await act.say(anna, room, "eins");
  await act.isDelivered(anna, room, "eins");
  await act.knows(anna, bernd);
  liar.lie({ toClient: (frame) => (frame.type === "entries" ? [] : [frame]) });
  await anna.client.addPeople(room, [bernd.me.userId]);
  await until(bernd.client, "Bernd is in", async () => (await bernd.client.rooms()).length > 0);
  expect(await anna.client.removePerson(room, bernd.me.userId)).toMatchObject({ ok: true });
  await act.say(anna, room, "nicht für Bernd");
  await act.hears(clara, room, "nicht für Bernd");
  liar.honest();
  await anna.client.reconnect();
  await act.shows(anna, room, ["Anna", "Clara"]);
  await act.say(clara, room, "auch nicht");
  await act.hears(anna, room, "auch nicht");
  expect(await act.textsOf(bernd, room)).toEqual([]);
});

test("a removal that the server only says it has accepted is still open, and nothing is sealed for whoever is to go (P9)", async () => {
  const { liar, anna } = await annaBehindALiar();
  const [bernd, mallory] = [await here.join("Bernd"), await here.join("Mallory")];
  const room = await act.openGroup(anna, "Lage", [bernd, mallory]);
  await act.say(anna, room, "alle da");
  for (const one of [bernd, mallory]) await act.hears(one, room, "alle da");
  let claimed = 0;
  liar.lie({
    swallow(frame) {
      if (frame.type !== "submit" || frame.submission.kind !== "commit") return undefined;
      claimed += 1;
      return [acceptanceOf(frame, 900)];
    },
  });
  await anna.client.removePerson(room, mallory.me.userId);
  await until(anna.client, "the server has said yes", async () => claimed > 0);
  await act.say(anna, room, "ohne Mallory");
  await act.say(bernd, room, "noch mit allen");
  await act.hears(mallory, room, "noch mit allen");
  expect((await act.noticesOf(anna, room)).filter(({ type }) => type === "removed")).toEqual([]);
  liar.honest();
  await act.hears(bernd, room, "ohne Mallory");
  await until(anna.client, "Mallory is out", async () => (await act.membersOf(anna, room)).length === 2);
  expect(await act.textsOf(mallory, room)).not.toContain("ohne Mallory");
});
