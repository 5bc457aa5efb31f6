/** Commits that the server takes and members cannot follow: the room goes on, and nobody is blamed without a signature. */
import type { RoomId } from "@nimes/protocol/ids";
import { newSubmissionId } from "@nimes/protocol/ids";
import { afterEach, beforeEach, expect, test } from "vitest";
import { forgeCommit, forgeGroupInfo, forgeSpoiltCommit, removeProposal } from "../e2ee/forger.ts";
import { fastClock } from "../network/fast-clock.ts";
import { frameLiar } from "../network/frame-liar.ts";
import type { RawMember } from "../server/raw-member.ts";
import { arriveAsMember } from "../server/raw-member.ts";
import * as act from "./officers.ts";
import { type OpenWorld, openWorld } from "./open-world.ts";
import { until } from "./until.ts";

let here: OpenWorld;
let mallory: RawMember;
beforeEach(async () => {
  here = await openWorld();
  const link = (await here.enrol("Mallory")).linkAt(here.world.serverUrl);
  mallory = await arriveAsMember(here.world.serverUrl, link, { agreementVersion: 0 });
});
afterEach(async () => {
  await mallory.close();
  await here.close();
  expect(here.bugs).toEqual([]);
});

/** Anna's group with Bernd, Clara and somebody whose app does what it is told to. */
async function group(moderators: readonly ("Mallory" | "Bernd")[] = []) {
  const clock = fastClock(10);
  const anna = await here.join("Anna", { clock });
  const bernd = await here.join("Bernd", { clock });
  const clara = await here.join("Clara", { clock });
  const ids = { Mallory: mallory.forger.userId, Bernd: bernd.me.userId };
  for (const one of [bernd, clara]) await act.knows(anna, one);
  const made = await anna.client.createGroup({
    name: "Lage",
    userIds: [...Object.values(ids), clara.me.userId],
    moderators: moderators.map((name) => ids[name]),
  });
  if (!made.ok) throw new Error(made.code);
  const room = made.value;
  for (const one of [bernd, clara]) await act.hasRoom(one, "Lage");
  await mallory.enter();
  await act.say(anna, room, "eins");
  for (const one of [bernd, clara]) await act.hears(one, room, "eins");
  await act.shows(anna, room, ["Anna", "Bernd", "Clara", "Mallory"]);
  return { anna, bernd, clara, room };
}

async function talk(officers: readonly act.Officer[], room: RoomId): Promise<void> {
  for (const from of officers) {
    const word = `Hier ist ${from.name}`;
    await act.say(from, room, word);
    for (const to of officers) await act.hears(to, room, word);
  }
}
const isRefounded = (officer: act.Officer, room: RoomId): Promise<unknown> =>
  until(officer.client, `${officer.name} is told that the room goes on`, async () =>
    (await act.noticesOf(officer, room)).some(({ type }) => type === "refounded"),
  );

test.for(["member", "moderator"] as const)(
  "a commit of a %s that the server takes and every client refuses: the room goes on without its committer (M16, M4)",
  async (role) => {
    const { anna, bernd, clara, room } = await group(role === "moderator" ? ["Mallory"] : []);
    // It takes the owner out; beside it stands a GroupInfo that claims nobody is.
    const made = await forgeCommit(mallory.forger, [removeProposal(mallory.forger, anna.me.clientId)]);
    expect(await mallory.submitCommit(made.bytes)).toMatchObject({ type: "accepted" });
    for (const one of [anna, bernd, clara]) await isRefounded(one, room);
    await talk([anna, bernd, clara], room);
    for (const one of [anna, bernd, clara]) {
      expect(await act.membersOf(one, room)).toEqual(["Anna", "Bernd", "Clara"]);
      const notices = await act.noticesOf(one, room);
      expect(notices.filter(({ type }) => type === "refounded")).toEqual([{ type: "refounded", by: "Anna" }]);
      expect(notices.filter(({ type }) => type === "refused")).toEqual([
        { type: "refused", sender: "Mallory" },
      ]);
    }
    // Whoever was left out has no way back by itself (M10).
    const again = await forgeCommit(mallory.forger, []);
    expect(await mallory.submitCommit(again.bytes)).toMatchObject({ type: "refused", code: "not-a-member" });
  },
);

test("words written between a bad commit and the new group are sealed again, and read once", async () => {
  const { anna, bernd, clara, room } = await group();
  const made = await forgeCommit(mallory.forger, [removeProposal(mallory.forger, anna.me.clientId)]);
  await mallory.submitCommit(made.bytes);
  await act.say(bernd, room, "dazwischen");
  await act.say(anna, room, "auch dazwischen");
  for (const one of [anna, bernd, clara]) {
    await act.hears(one, room, "dazwischen");
    await act.hears(one, room, "auch dazwischen");
    expect((await act.textsOf(one, room)).sort()).toEqual(["auch dazwischen", "dazwischen", "eins"]);
  }
});

test("a crafted path that one member cannot open: that member comes back by itself", async () => {
  const { anna, bernd, clara, room } = await group();
  const made = await forgeSpoiltCommit(mallory.forger, clara.me.clientId);
  const groupInfo = await forgeGroupInfo(mallory.forger, made.newState);
  expect(await mallory.submitCommit(made.bytes, groupInfo)).toMatchObject({ type: "accepted" });
  await until(clara.client, "Clara has come back", async () =>
    (await act.noticesOf(clara, room)).some(({ type }) => type === "came-back"),
  );
  await talk([anna, bernd, clara], room);
  for (const one of [anna, bernd, clara])
    expect(await act.membersOf(one, room)).toEqual(["Anna", "Bernd", "Clara", "Mallory"]);
  expect((await act.noticesOf(anna, room)).filter(({ type }) => type === "refounded")).toEqual([]);
});

test("a crafted path with garbage for a GroupInfo: the room goes on with everybody, and nobody is blamed", async () => {
  const { anna, bernd, clara, room } = await group(["Bernd"]);
  const made = await forgeSpoiltCommit(mallory.forger, anna.me.clientId);
  expect(await mallory.submitCommit(made.bytes)).toMatchObject({ type: "accepted" });
  for (const one of [anna, bernd, clara]) await isRefounded(one, room);
  await talk([anna, bernd, clara], room);
  for (const one of [anna, bernd, clara]) {
    const refused = (await act.noticesOf(one, room)).filter(({ type }) => type === "refused");
    for (const notice of refused) expect(notice).toEqual({ type: "refused" });
  }
});

test("one frame of a plain member that is no commit at all ends no room: the server refuses it (M9)", async () => {
  const { anna, bernd, clara, room } = await group();
  const garbage = new Uint8Array(100).fill(1);
  expect(await mallory.submitCommit(garbage, garbage)).toMatchObject({ type: "refused", code: "malformed" });
  await talk([anna, bernd, clara], room);
});

test("a commit that all refuse and that the server only shows, to one, stops nothing for long", async () => {
  const { anna, bernd, room } = await group();
  const liar = frameLiar();
  await here.sleep(bernd);
  const again = await here.wake(bernd, { ...liar.ports, clock: fastClock(10) });
  await act.isOnline(again);
  const made = await forgeCommit(mallory.forger, [removeProposal(mallory.forger, anna.me.clientId)]);
  const isTold = liar.lieOnce("entries", (frame) => {
    const [entry] = frame.entries;
    if (!entry || !("bytes" in entry)) return undefined;
    const { sequence, time } = entry;
    const place = { sequence, time, submissionId: newSubmissionId(), sender: mallory.forger.clientId };
    return [{ ...frame, entries: [{ kind: "commit", epoch: 1, bytes: made.bytes, ...place }] }];
  });
  await act.say(anna, room, "zwei");
  await until(again.client, "it is shown", async () => isTold());
  await act.say(anna, room, "drei");
  await act.hears(again, room, "drei");
  await talk([anna, again], room);
  expect(await act.membersOf(again, room)).toEqual(["Anna", "Bernd", "Clara", "Mallory"]);
});
