/** A whole machine is set back: both files are old and fit each other, and only phones know that there was more. */
import { afterEach, beforeEach, expect, test } from "vitest";
import { fastClock } from "../network/fast-clock.ts";
import { frameLiar } from "../network/frame-liar.ts";
import * as act from "./officers.ts";
import { openRestoredServer, type RestoredServer } from "./restored-server.ts";

let here: RestoredServer;
beforeEach(async () => {
  here = await openRestoredServer();
});
afterEach(() => here.close());

const clock = fastClock(20);

/** What was written has its mark, and whoever is awake has heard of it. */
async function passOn(...people: act.Officer[]): Promise<void> {
  await here.stopServer();
  await here.startServer();
  for (const each of people) await act.isOnline(each);
}

async function hearEachOther(room: Parameters<typeof act.say>[1], people: act.Officer[], when: string) {
  for (const each of people) await act.say(each, room, `${each.name} ${when}`);
  for (const each of people) for (const other of people) await act.hears(each, room, `${other.name} ${when}`);
}

async function isSound(room: Parameters<typeof act.say>[1], people: act.Officer[]): Promise<void> {
  for (const each of people) {
    const texts = await act.textsOf(each, room);
    expect(texts.filter((text, index) => texts.indexOf(text) !== index)).toEqual([]);
    const types = (await act.noticesOf(each, room)).map(({ type }) => type);
    expect({ of: each.name, restored: types.filter((type) => type === "restored") }).toEqual({
      of: each.name,
      restored: ["restored"],
    });
    expect(
      types.filter((type) => ["fork", "loss", "unopened", "refused", "withheld"].includes(type)),
    ).toEqual([]);
  }
  expect(here.bugs).toEqual([]);
}

test("a machine that was set back is found out by a phone that has seen more, and its rooms go on, said once (F14)", async () => {
  const [anna, bernd] = [await here.join("Anna", { clock }), await here.join("Bernd", { clock })];
  const room = await act.openGroup(anna, "Lage", [bernd]);
  await hearEachOther(room, [anna, bernd], "vorher");
  here.backUp();
  await hearEachOther(room, [anna, bernd], "seither");
  await passOn(anna, bernd);
  await here.setBack();
  await hearEachOther(room, [anna, bernd], "nachher");
  await isSound(room, [anna, bernd]);
});

test("what somebody wrote before anybody knew comes to those who stood further, too (F14)", async () => {
  const [anna, bernd] = [await here.join("Anna", { clock }), await here.join("Bernd", { clock })];
  const room = await act.openGroup(anna, "Lage", [bernd]);
  await hearEachOther(room, [anna, bernd], "vorher");
  await here.sleep(bernd);
  here.backUp();
  await act.say(anna, room, "nur bei Anna");
  await act.isSent(anna, room, "nur bei Anna");
  await passOn(anna);
  await here.sleep(anna);
  await here.setBack();
  // Bernd knows of nothing: what he writes takes numbers that Anna has seen.
  const first = await here.wake(bernd, { clock });
  await act.say(first, room, "Bernd kam zuerst");
  await act.isSent(first, room, "Bernd kam zuerst");
  const second = await here.wake(anna, { clock });
  await act.hears(second, room, "Bernd kam zuerst");
  await act.hears(first, room, "nur bei Anna");
  await hearEachOther(room, [first, second], "nachher");
  await isSound(room, [first, second]);
});

test("a machine that has written more since than it lost, in several runs, is found out all the same (F14)", async () => {
  const [anna, bernd] = [await here.join("Anna", { clock }), await here.join("Bernd", { clock })];
  const room = await act.openGroup(anna, "Lage", [bernd]);
  await hearEachOther(room, [anna, bernd], "vorher");
  await here.sleep(bernd);
  here.backUp();
  await act.say(anna, room, "nur bei Anna");
  await act.isSent(anna, room, "nur bei Anna");
  await passOn(anna);
  await here.sleep(anna);
  await here.setBack();
  const first = await here.wake(bernd, { clock });
  for (const text of ["eins", "zwei", "drei", "vier"]) {
    await act.say(first, room, text);
    await act.isSent(first, room, text);
    await passOn(first);
  }
  const second = await here.wake(anna, { clock });
  for (const text of ["eins", "vier"]) await act.hears(second, room, text);
  await act.hears(first, room, "nur bei Anna");
  await hearEachOther(room, [first, second], "nachher");
  await isSound(room, [first, second]);
});

test.for([1, 2])(
  "whoever commits on a machine that was set back, %i times before anybody knew, parts nobody who has had that epoch otherwise (F14)",
  async (commits) => {
    const [anna, bernd, clara, dora, emil] = [
      await here.join("Anna", { clock }),
      await here.join("Bernd", { clock }),
      await here.join("Clara", { clock }),
      await here.join("Dora", { clock }),
      await here.join("Emil", { clock }),
    ];
    const room = await act.openGroup(anna, "Lage", [bernd]);
    expect(await anna.client.setRole(room, bernd.me.userId, "moderator")).toMatchObject({ ok: true });
    await hearEachOther(room, [anna, bernd], "vorher");
    for (const each of [clara, dora, emil]) for (const by of [anna, bernd]) await act.knows(by, each);
    for (const each of [bernd, dora, emil]) await here.sleep(each);
    here.backUp();
    expect(await anna.client.addPeople(room, [clara.me.userId])).toMatchObject({ ok: true });
    await act.hasRoom(clara, "Lage");
    await hearEachOther(room, [anna, clara], "seither");
    await passOn(anna, clara);
    for (const each of [anna, clara]) await here.sleep(each);
    await here.setBack();
    const first = await here.wake(bernd, { clock });
    const others: act.Officer[] = [];
    for (const asleep of [dora, emil].slice(0, commits)) {
      const each = await here.wake(asleep, { clock });
      others.push(each);
      expect(await first.client.addPeople(room, [each.me.userId])).toMatchObject({ ok: true });
      await act.hasRoom(each, "Lage");
    }
    await hearEachOther(room, [first, ...others], "ohne Anna");
    const people = [first, ...others, await here.wake(anna, { clock }), await here.wake(clara, { clock })];
    const names = people.map(({ name }) => name);
    for (const each of people) await act.shows(each, room, names);
    await hearEachOther(room, people, "nachher");
    expect(here.bugs).toEqual([]);
  },
);

test("a server that gives nonsense for stamps is shown it again, and nothing follows (F14)", async () => {
  const liar = frameLiar();
  const anna = await here.join("Anna", { clock });
  const bernd = await here.join("Bernd", { ...liar.ports, clock });
  const room = await act.openGroup(anna, "Lage", [bernd]);
  liar.lie({
    toClient: (frame) =>
      frame.type === "signed-in" || frame.type === "pong"
        ? [{ ...frame, stamp: crypto.getRandomValues(new Uint8Array(200)) }]
        : [frame],
  });
  await passOn(anna, bernd);
  await passOn(anna, bernd);
  await hearEachOther(room, [anna, bernd], "weiter");
  expect((await act.noticesOf(anna, room)).map(({ type }) => type)).not.toContain("restored");
  expect(here.bugs).toEqual([]);
});
