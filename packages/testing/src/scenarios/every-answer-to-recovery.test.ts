/**
 * Every answer that a server can give to what brings a room back, as a lie: the submission goes no further, and afterwards
 * the server is honest. Founding anew and coming back come to pass all the same, and nobody is left out for it.
 */
import type { Notice } from "@nimes/client/nimes-client";
import type { ServerFrame } from "@nimes/protocol/frames/server-frames";
import type { RoomId } from "@nimes/protocol/ids";
import { afterEach, beforeEach, expect, test } from "vitest";
import { forgeGroupInfo, forgeSpoiltCommit } from "../e2ee/forger.ts";
import { fastClock } from "../network/fast-clock.ts";
import {
  answerOf,
  type FrameLiar,
  frameLiar,
  type SubmissionAnswer,
  submissionAnswers,
} from "../network/frame-liar.ts";
import { arriveAsMember, type RawMember } from "../server/raw-member.ts";
import * as act from "./officers.ts";
import { type OpenWorld, openWorld } from "./open-world.ts";
import { until } from "./until.ts";

let here: OpenWorld;
let liar: FrameLiar;
let anna: act.Officer;
let bernd: act.Officer;
let mallory: RawMember;
let room: RoomId;
/** Anna's group with Bernd and somebody whose app does what it is told to. Anna is lied to. */
beforeEach(async () => {
  here = await openWorld();
  liar = frameLiar();
  const clock = fastClock(10);
  anna = await here.join("Anna", { ...liar.ports, clock });
  bernd = await here.join("Bernd", { clock });
  const letter = await here.enrol("Mallory");
  const link = letter.linkAt(here.world.serverUrl);
  mallory = await arriveAsMember(here.world.serverUrl, link, { agreementVersion: 0 });
  await act.knows(anna, bernd);
  await until(anna.client, "Anna knows Mallory", async () =>
    (await anna.client.directory()).people.some(({ userId }) => userId === letter.userId),
  );
  const userIds = [letter.userId, bernd.me.userId];
  const made = await anna.client.createGroup({ name: "Lage", userIds });
  if (!made.ok) throw new Error(made.code);
  room = made.value;
  await mallory.enter();
  await act.say(anna, room, "eins");
  await act.hears(bernd, room, "eins");
  await act.isSent(anna, room, "eins");
});
afterEach(async () => {
  await mallory.close();
  await here.close();
  expect(here.bugs).toEqual([]);
});

/** Lies in answer to the first submission of this kind; a commit only where it brings somebody back. */
function lieAbout(kind: "refound" | "commit", answer: SubmissionAnswer): () => boolean {
  return liar.answerOnce((frame): ServerFrame[] | undefined => {
    const { submission } = frame;
    if (submission.kind !== kind || (submission.kind === "commit" && !submission.rejoin)) return undefined;
    return [answerOf(liar, frame, answer)];
  });
}

const isToldOf = (officer: act.Officer, type: Notice["type"]): Promise<unknown> =>
  until(officer.client, `${officer.name} sees ${type}`, async () =>
    (await act.noticesOf(officer, room)).some((notice) => notice.type === type),
  );

async function talk(): Promise<void> {
  await act.say(anna, room, "weiter");
  await act.hears(bernd, room, "weiter");
  await act.say(bernd, room, "verstanden");
  await act.hears(anna, room, "verstanden");
  for (const one of [anna, bernd])
    expect(await act.textsOf(one, room)).toEqual(["eins", "weiter", "verstanden"]);
}

test.for(submissionAnswers)(
  "founding a room anew that is answered with %s comes to pass, without whoever broke it (M16)",
  async (answer) => {
    const isTold = lieAbout("refound", answer);
    await mallory.breakRoom();
    await until(anna.client, "the lie was told", async () => isTold());
    await isToldOf(bernd, "refounded");
    await talk();
    for (const one of [anna, bernd]) await act.shows(one, room, ["Anna", "Bernd"]);
  },
);

test.for(submissionAnswers)(
  "coming back that is answered with %s comes to pass, and the room is not founded anew for it",
  async (answer) => {
    const isTold = lieAbout("commit", answer);
    const spoilt = await forgeSpoiltCommit(mallory.forger, anna.me.clientId);
    const groupInfo = await forgeGroupInfo(mallory.forger, spoilt.newState);
    expect(await mallory.submitCommit(spoilt.bytes, groupInfo)).toMatchObject({ type: "accepted" });
    await until(anna.client, "the lie was told", async () => isTold());
    await isToldOf(anna, "came-back");
    await talk();
    for (const one of [anna, bernd]) {
      await act.shows(one, room, ["Anna", "Bernd", "Mallory"]);
      expect((await act.noticesOf(one, room)).map(({ type }) => type)).not.toContain("refounded");
    }
  },
);
