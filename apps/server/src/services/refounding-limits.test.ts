/** Founding a room anew without end, or committing what others have to answer so, ends; whoever is honest goes on (S7, M16). */
import { digestOf } from "@nimes/protocol/entry";
import type { NewDevice } from "@nimes/server/ports/directory-store";
import { fourOfficers } from "@nimes/testing/stores/four-officers";
import {
  appendOf,
  application,
  commit,
  type Draft,
  everything,
  refounding,
  welcomeBy,
} from "@nimes/testing/stores/store-people";
import { expect, test } from "vitest";
import { memoryStores } from "../memory/memory-stores.ts";
import { createRefoundingLimits } from "./refounding-limits.ts";

const here = fourOfficers(async () => memoryStores());
const hourMs = 60 * 60_000;

/** Anna's group with the moderator Bernd, and with Clara and Dora. */
async function scene() {
  const { anna, bernd, clara, dora, stores, group } = here();
  const { roomId, payload } = await group([[bernd, "moderator"]]);
  let now = 1_000;
  let groupId: Uint8Array | undefined;
  let epoch = 1;
  const limits = createRefoundingLimits(() => now);
  async function submit(request: Parameters<typeof limits.hold>[0]): Promise<string> {
    const held = limits.hold(request);
    const [outcome] = await stores.roomLog.append([held]);
    if (!outcome) throw new Error("no outcome");
    limits.note(held, outcome);
    const { what } = request;
    if (what.kind === "refound" && outcome.outcome === "appended")
      [groupId, epoch] = [what.refounding.groupId, 1];
    return outcome.outcome === "refused" ? outcome.code : outcome.outcome;
  }
  const put = (by: NewDevice, draft: Draft): Promise<string> =>
    submit(appendOf(by, roomId, draft, { time: now }));
  async function answerOf(by: NewDevice) {
    const last = (await stores.roomLog.read(roomId, everything)).at(-1);
    if (!last) throw new Error("nothing to answer");
    const answers = { sequence: last.sequence, digest: digestOf(last) };
    const all = [by, ...[anna, bernd, clara, dora].filter((one) => one !== by)];
    const draft = refounding(all, { answers, author: by.clientId }, welcomeBy(payload));
    return appendOf(by, roomId, draft, { time: now });
  }
  const found = async (by: NewDevice): Promise<string> => submit(await answerOf(by));
  async function commits(by: NewDevice): Promise<string> {
    const all = [anna, bernd, clara, dora];
    const answer = await put(by, commit(epoch, all, groupId && { groupId }));
    if (answer === "appended") epoch += 1;
    return answer;
  }
  return {
    ...{ anna, bernd, clara, dora, found, commits, answerOf, submit },
    write: (by: NewDevice) => put(by, application(epoch, undefined, groupId)),
    wait: (ms: number) => {
      now += ms;
    },
  };
}

test("a moderator who founds a room anew without end is made to wait, and everybody else writes and founds", async () => {
  const { anna, bernd, clara, found, write, wait } = await scene();
  for (let time = 1; time <= 5; time += 1) {
    expect(await write(clara)).toBe("appended");
    expect(await found(bernd)).toBe("appended");
  }
  expect(await write(clara)).toBe("appended");
  expect(await found(bernd)).toBe("too-many");
  expect(await write(bernd)).toBe("appended");
  expect(await found(anna)).toBe("appended");
  wait(hourMs / 2);
  expect(await write(clara)).toBe("appended");
  expect(await found(bernd)).toBe("appended");
  expect(await write(clara)).toBe("appended");
  expect(await found(bernd)).toBe("too-many");
});

test("a founding that was not taken costs nothing, and one that was is answered again as before (P6)", async () => {
  const { bernd, clara, found, write, submit, answerOf } = await scene();
  expect(await write(clara)).toBe("appended");
  const request = await answerOf(bernd);
  expect(await submit(request)).toBe("appended");
  for (let time = 1; time <= 9; time += 1) {
    expect(
      await submit({ ...request, submissionId: `${time}`.repeat(32) as typeof request.submissionId }),
    ).toBe("stale-epoch");
    expect(await submit(request)).toBe("again");
  }
  for (let time = 1; time <= 4; time += 1) {
    expect(await write(clara)).toBe("appended");
    expect(await found(bernd)).toBe("appended");
  }
  expect(await submit(request)).toBe("again");
});

test("whose commits have to be answered again and again commits nothing for a while, and others do; an owner's are not counted against a moderator's word", async () => {
  const { anna, bernd, clara, dora, found, commits, write, wait } = await scene();
  for (let time = 1; time <= 3; time += 1) {
    expect(await commits(clara)).toBe("appended");
    expect(await found(bernd)).toBe("appended");
  }
  expect(await commits(clara)).toBe("too-many");
  expect(await write(clara)).toBe("appended");
  expect(await commits(dora)).toBe("appended");
  wait(24 * hourMs);
  for (let time = 1; time <= 4; time += 1) {
    expect(await commits(anna)).toBe("appended");
    expect(await found(bernd)).toBe("appended");
  }
  expect(await commits(anna)).toBe("appended");
  expect(await commits(clara)).toBe("appended");
});
