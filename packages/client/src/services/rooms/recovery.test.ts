import { fromHex } from "@nimes/protocol/bytes";
import { claimOf } from "@nimes/protocol/claimed";
import { sha256 } from "@nimes/protocol/hash";
import type { ClientId, RoomId, SubmissionId } from "@nimes/protocol/ids";
import { userOf } from "@nimes/protocol/ids";
import { anna, bernd, room, roomId } from "@nimes/testing/client/room";
import { createManualClock } from "@nimes/testing/network/manual-clock";
import { expect, test } from "vitest";
import type { OwnCommit, RoomRecord } from "../../core/room-record.ts";
import { mayChangeMembers } from "../../core/room-record.ts";
import type { Trouble } from "../../core/trouble.ts";
import { createRecovery, type RecoveryNeeds } from "./recovery.ts";

const commit = Uint8Array.of(1, 2, 3);
const own: OwnCommit = {
  submissionId: "0".repeat(32) as SubmissionId,
  submission: { kind: "application", epoch: 3, bytes: commit },
  hash: sha256(commit),
  epoch: 3,
  before: [anna, bernd],
};
const groupOf = ({ groupId }: RoomRecord) => ({
  ok: true,
  value: { epoch: claimOf(3), groupId: fromHex(groupId), groupInfo: new Uint8Array(0) },
});

/** Bernd's room, stranded, and a server that gives one answer to whoever asks for the group. */
function scene(
  answer: unknown,
  {
    onTold = (now: RoomRecord) => now,
    tree = [anna, bernd],
    isEnded = (_: ClientId): boolean => false,
    part = {} as Partial<RoomRecord>,
    rejoined = { outcome: "accepted", epoch: 4, devices: tree } as object,
    epoch = 1,
    isSame = true,
    others = [] as RoomRecord[],
  } = {},
) {
  const clock = createManualClock();
  let record = room({ devices: [anna, bernd], cursor: 30, trouble: { kind: "stranded", since: 0 }, ...part });
  const seen = { asked: 0, restarts: 0, left: 0, told: [] as string[], claimed: 0, givenBack: 0 };
  const needs: Partial<RecoveryNeeds> = {
    self: { clientId: bernd, userId: userOf(bernd) },
    e2ee: {
      epochOf: async () => epoch,
      isSameGroup: async () => isSame,
      leaveRoom: async () => void seen.left++,
      async rejoin(_: unknown, __: unknown, submit: (bundle: { commit: Uint8Array }) => Promise<unknown>) {
        await submit({ commit });
        return rejoined;
      },
      refound: async () => ({ outcome: "lost" }),
    } as unknown as RecoveryNeeds["e2ee"],
    rooms: {
      get: () => record,
      all: () => [record, ...others],
      async update(_: RoomId, make: (now: RoomRecord) => { room: RoomRecord } | undefined) {
        const made = make(record);
        if (made) record = made.room;
        return made?.room;
      },
    } as unknown as RecoveryNeeds["rooms"],
    session: {
      async call() {
        seen.asked += 1;
        return answer;
      },
    } as unknown as RecoveryNeeds["session"],
    commits: {
      async submit() {
        record = { ...record, ownCommits: [...record.ownCommits, own] };
        return "accepted";
      },
    } as unknown as RecoveryNeeds["commits"],
    changes: { tell: () => undefined } as unknown as RecoveryNeeds["changes"],
    async claim() {
      seen.claimed += 1;
      return [{ clientId: anna, keyPackage: commit }];
    },
    giveBack({ length }) {
      seen.givenBack += length;
    },
    clock,
    random: () => 0.5,
    isOnline: () => true,
    isEnded,
    async tell(_, { type }) {
      seen.told.push(type);
      record = onTold(record);
    },
    restart: () => void seen.restarts++,
    failed: (error) => {
      throw error;
    },
  };
  const recovery = createRecovery(needs as RecoveryNeeds);
  return {
    seen,
    now: () => record,
    async pass(minutes: number) {
      recovery.look(roomId);
      for (let second = 0; second < minutes * 60; second += 1) {
        clock.advance(1_000);
        await new Promise((resolve) => setImmediate(resolve));
      }
    },
  };
}

test("stranded, and founded anew by the others meanwhile: the log is read on to the entry that says so", async () => {
  const groupId = new Uint8Array(32).fill(9);
  const value = { epoch: claimOf(2), groupId, groupInfo: new Uint8Array(0) };
  const here = scene({ ok: true, value });
  await here.pass(2);
  expect(here.now().trouble).toMatchObject({ kind: "stranded", passing: true });
  expect(here.seen.restarts).toBe(1);
});

test("a server that says for long that this device is no member ends no room: it is told, and asked on (M10)", async () => {
  const here = scene({ ok: false, code: "not-found" });
  await here.pass(20);
  expect(here.now()).toMatchObject({ standing: { state: "member" }, absent: true });
  expect(here.seen).toMatchObject({ left: 0, told: ["removed-you"] });
  const { asked } = here.seen;
  expect(asked).toBeLessThan(150);
  await here.pass(5);
  expect(here.seen.asked).toBeGreaterThan(asked);
});

test("the commit by which a device comes back is its own until the log has shown it, and no longer, however soon that is", async () => {
  const early = scene(groupOf(room()), {
    onTold: (now) => ({ ...now, ownCommits: [], logEpoch: 4 }),
  });
  await early.pass(1);
  expect(early.now()).toMatchObject({ ownCommits: [], logEpoch: 4, joinedEpoch: 4 });
  const late = scene(groupOf(room()));
  await late.pass(1);
  expect(late.now()).toMatchObject({ ownCommits: [own], logEpoch: 0, joinedEpoch: 4 });
  for (const { now } of [early, late]) expect(now().trouble).toBeUndefined();
});

test("in a tree from which the owner has gone unseen, whoever comes back waits for them, so nobody else leads (P9)", async () => {
  const here = scene(groupOf(room()), { tree: [bernd] });
  await here.pass(1);
  const healed = here.now();
  expect(healed).toMatchObject({ devices: [bernd], unseen: { devices: [anna] } });
  expect(mayChangeMembers(healed, userOf(bernd), () => false)).toBe(false);
  // Nor is whose phone ends meanwhile awaited any longer.
  expect(mayChangeMembers(healed, userOf(bernd), (device) => device === anna)).toBe(true);
  // Whose phone has ended was taken out by right.
  const ended = scene(groupOf(room()), { tree: [bernd], isEnded: (device) => device === anna });
  await ended.pass(1);
  expect(ended.now().unseen).toBeUndefined();
  expect(mayChangeMembers(ended.now(), userOf(bernd), () => false)).toBe(true);
  const whole = scene(groupOf(room()));
  await whole.pass(1);
  expect(whole.now().unseen).toBeUndefined();
});

test("whoever comes back into the group before an own refounding that was not taken waits for the owner who has gone from it unseen (P9)", async () => {
  const groupId = "ef".repeat(32) as RoomRecord["groupId"];
  const refounding: OwnCommit = { ...own, refounds: room().groupId };
  const here = scene(groupOf(room()), { tree: [bernd], part: { groupId, ownCommits: [refounding] } });
  await here.pass(1);
  expect(here.now()).toMatchObject({
    groupId: room().groupId,
    devices: [bernd],
    unseen: { devices: [anna] },
  });
});

test("a refounding that names the group of another room brings nobody into a room that has its people (P9)", async () => {
  const other = room({
    roomId: "34".repeat(32) as RoomId,
    groupId: "ef".repeat(32) as RoomRecord["groupId"],
  });
  const { groupId } = other;
  const moved: Trouble = { kind: "moved", groupId, author: anna, without: null, commit, since: 0 };
  const here = scene(groupOf(other), { part: { trouble: moved }, others: [other] });
  await here.pass(2);
  expect(here.now()).toMatchObject({ groupId: room().groupId, trouble: moved });
  expect(here.seen.asked).toBeGreaterThan(1);
  // As the log has named it, and nobody else has it, it is entered.
  const honest = scene(groupOf(other), { part: { trouble: moved } });
  await honest.pass(2);
  expect(honest.now()).toMatchObject({ groupId });
});

const rewound: Trouble = {
  kind: "rewound",
  entry: { sequence: 1_000_030, digest: new Uint8Array(32), epoch: 0, since: 0 },
};

test("a server that only says that it was restored, and has the room where it is, ends nothing (F14)", async () => {
  const stand = { groupId: room().groupId, epoch: 1 };
  const told = scene(groupOf(room()), { part: { trouble: rewound, stand }, epoch: 3 });
  await told.pass(1);
  expect(told.now().trouble).toBeUndefined();
  // Nor does what was signed for the epoch that it has named count any longer.
  expect(told.now().stand).toEqual({ ...stand, epoch: 3 });
});

test("a group of the same id and epoch behind other commits is founded anew, and so is one that is ahead and stays so (F14)", async () => {
  const { roles } = room();
  const leads = { ...roles, users: [{ userId: userOf(bernd), role: "owner" as const }] };
  const part = { trouble: rewound, roles: leads };
  const forked = scene(groupOf(room()), { part, epoch: 3, isSame: false });
  await forked.pass(2);
  expect(forked.seen.claimed).toBeGreaterThan(0);
  const ahead = scene(groupOf(room()), { part, epoch: 2 });
  await ahead.pass(2);
  expect(ahead.seen.claimed).toBeGreaterThan(0);
  expect(ahead.now().trouble).toBeDefined();
});

test("where nobody founds the room anew who may, the others come back into the group of the backup (F14)", async () => {
  const here = scene(groupOf(room()), { part: { trouble: rewound }, epoch: 5 });
  await here.pass(5);
  expect(here.seen).toMatchObject({ told: ["came-back"], claimed: 0 });
  expect(here.now().trouble).toBeUndefined();
});

test("a device that has lost its place reads on where the server's group is older than the log: a backup may have been put back (F14)", async () => {
  const here = scene(groupOf(room()), { rejoined: { outcome: "refused", reason: "old-epoch" } });
  await here.pass(1);
  expect(here.now().trouble).toEqual({ kind: "stranded", since: 0, passing: true });
  expect(here.seen.restarts).toBe(1);
});

test("a refounding that the server does not take uses up nobody's key packages, however often it is tried", async () => {
  const { roles } = room();
  const leads = { ...roles, users: [{ userId: userOf(bernd), role: "owner" as const }] };
  const here = scene(groupOf(room()), { part: { trouble: rewound, roles: leads }, epoch: 5 });
  await here.pass(10);
  expect(here.seen.claimed).toBeGreaterThan(3);
  expect(here.seen.givenBack).toBe(here.seen.claimed);
});
