/**
 * Every answer that a server can give to every kind of submission, as a lie: the submission goes no further, and afterwards
 * the server is honest. What was asked for comes to pass by itself, or the app says why not and it does when it is asked
 * for again; nobody reads who is not shown, and nothing waits silently for good.
 */

import type { SubmitFrame } from "@nimes/protocol/frames/client-frames";
import type { RoomId } from "@nimes/protocol/ids";
import type { Result } from "@nimes/protocol/result";
import { afterAll, beforeAll, expect, test } from "vitest";
import { fastClock } from "../network/fast-clock.ts";
import {
  answerOf,
  type FrameLiar,
  frameLiar,
  type SubmissionAnswer,
  submissionAnswers,
} from "../network/frame-liar.ts";
import * as act from "./officers.ts";
import { type OpenWorld, openWorld } from "./open-world.ts";
import { until } from "./until.ts";

/** One world for all lies, and a fresh room for each. */
let here: OpenWorld;
let liar: FrameLiar;
let anna: act.Officer;
let bernd: act.Officer;
let clara: act.Officer;
beforeAll(async () => {
  here = await openWorld();
  liar = frameLiar();
  anna = await here.join("Anna", { ...liar.ports, clock: fastClock(20) });
  bernd = await here.join("Bernd");
  clara = await here.join("Clara");
  for (const one of [bernd, clara]) await act.knows(anna, one);
});
afterAll(async () => {
  await here.close();
  expect(here.bugs).toEqual([]);
});

type Kind = SubmitFrame["submission"]["kind"];
/** Lies in answer to the first submission of a kind in a room of which nothing was told before. */
function lieAbout(kind: Kind, answer: SubmissionAnswer): () => boolean {
  return liar.answerOnce((frame) =>
    frame.submission.kind === kind ? [answerOf(liar, frame, answer)] : undefined,
  );
}
const wasTold = (isTold: () => boolean): Promise<unknown> =>
  until(anna.client, "the lie was told", async () => isTold());

let rooms = 0;
async function freshGroup(others: readonly act.Officer[]): Promise<RoomId> {
  liar.honest();
  rooms += 1;
  const name = `Lage ${rooms}`;
  const room = await act.openGroup(anna, name, others);
  await act.say(anna, room, "eins");
  for (const one of others) await act.hears(one, room, "eins");
  await act.isSent(anna, room, "eins");
  return room;
}

test.for(submissionAnswers)(
  "a message that is answered with %s arrives, or says why not and arrives when sent again",
  async (answer) => {
    const room = await freshGroup([bernd]);
    const isTold = lieAbout("application", answer);
    await act.say(anna, room, "zwei");
    await wasTold(isTold);
    const isRead = async () => (await act.textsOf(bernd, room)).includes("zwei");
    await until(bernd.client, "it is read, or wedged", async () => {
      const delivery = await act.deliveryOf(anna, room, "zwei");
      return delivery?.state === "wedged" || (await isRead());
    });
    if (!(await isRead())) {
      expect(await act.deliveryOf(anna, room, "zwei")).toEqual({ state: "wedged", reason: answer });
      const message = (await act.messagesOf(anna, room)).at(-1);
      if (!message) throw new Error("it stays");
      await anna.client.retry(room, message.messageId);
      await act.hears(bernd, room, "zwei");
    }
    await act.say(anna, room, "drei");
    await act.hears(bernd, room, "drei");
    expect(await act.textsOf(bernd, room)).toEqual(["eins", "zwei", "drei"]);
  },
);

test.for(submissionAnswers)("a founding that is answered with %s comes to pass", async (answer) => {
  rooms += 1;
  const name = `Lage ${rooms}`;
  const isTold = lieAbout("found", answer);
  const made = await anna.client.createGroup({ name, userIds: [bernd.me.userId] });
  if (!made.ok) throw new Error(made.code);
  await act.say(anna, made.value, "eins");
  await wasTold(isTold);
  await act.hears(bernd, made.value, "eins");
  await act.shows(anna, made.value, ["Anna", "Bernd"]);
});

test.for(submissionAnswers)(
  "adding somebody that is answered with %s comes to pass, and is shown as open before",
  async (answer) => {
    const room = await freshGroup([bernd]);
    const isTold = lieAbout("commit", answer);
    await anna.client.addPeople(room, [clara.me.userId]);
    await wasTold(isTold);
    await act.say(anna, room, "zu dritt?");
    await until(clara.client, "Clara is in", async () =>
      (await clara.client.rooms()).some(({ roomId }) => roomId === room),
    );
    await act.say(anna, room, "zu dritt");
    for (const one of [bernd, clara]) await act.hears(one, room, "zu dritt");
    await act.shows(anna, room, ["Anna", "Bernd", "Clara"]);
  },
);

test.for(submissionAnswers)(
  "taking somebody out that is answered with %s comes to pass, and they read nothing more (P9)",
  async (answer) => {
    const room = await freshGroup([bernd, clara]);
    const isTold = lieAbout("commit", answer);
    await anna.client.removePerson(room, clara.me.userId);
    await act.say(anna, room, "ohne Clara");
    await wasTold(isTold);
    await act.hears(bernd, room, "ohne Clara");
    await act.shows(anna, room, ["Anna", "Bernd"]);
    await act.shows(bernd, room, ["Anna", "Bernd"]);
    expect(await act.textsOf(clara, room)).toEqual(["eins"]);
  },
);

/** What a person does when told that it did not work: the same again. */
async function insist(ask: () => Promise<Result<void>>, isDone: () => Promise<boolean>): Promise<void> {
  await ask();
  await until(anna.client, "it is done when asked for again", async () => {
    if (await isDone()) return true;
    await ask();
    return isDone();
  });
}

test.for(submissionAnswers)(
  "a role that is answered with %s is given, or given when asked for again",
  async (answer) => {
    const room = await freshGroup([bernd]);
    const isTold = lieAbout("roles", answer);
    const roleSeenBy = async (viewer: act.Officer) =>
      (await viewer.client.room(room))?.members.find(({ userId }) => userId === bernd.me.userId)?.role;
    const give = () => anna.client.setRole(room, bernd.me.userId, "moderator");
    const first = await give();
    expect(isTold()).toBe(true);
    if (!first.ok) expect(await roleSeenBy(anna)).toBe("member");
    // Bernd may be told before Anna is.
    for (const one of [bernd, anna]) await insist(give, async () => (await roleSeenBy(one)) === "moderator");
    await act.say(bernd, room, "danke");
    await act.hears(anna, room, "danke");
  },
);

test.for(submissionAnswers)(
  "leaving that is answered with %s comes to pass, or when asked for again",
  async (answer) => {
    const room = await freshGroup([bernd]);
    const isTold = lieAbout("leave", answer);
    const leave = () => anna.client.leaveRoom(room);
    // Where the lies before have just ended the connection, the app says so, and it is asked for again.
    await until(anna.client, "leaving is asked for", async () => (await leave()).ok);
    await wasTold(isTold);
    await insist(leave, async () => (await anna.client.room(room))?.present === false);
    await until(bernd.client, "Bernd is told", async () =>
      (await act.noticesOf(bernd, room)).some(({ type }) => type === "left"),
    );
    await act.say(bernd, room, "ohne Anna");
    await act.shows(bernd, room, ["Bernd"]);
    expect(await act.textsOf(anna, room)).toEqual(["eins"]);
  },
);
