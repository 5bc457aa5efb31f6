/** What a hostile member sends as a commit, a message or a signed structure: refused here, it never reaches a client. */
import { fromHex } from "@nimes/protocol/bytes";
import { digestOf } from "@nimes/protocol/entry";
import type { Submission } from "@nimes/protocol/frames/client-frames";
import { sha256 } from "@nimes/protocol/hash";
import type { ClientId, RoomId } from "@nimes/protocol/ids";
import { newSubmissionId } from "@nimes/protocol/ids";
import { routes } from "@nimes/protocol/routes/routes";
import type { Signed } from "@nimes/protocol/schema";
import { rolesHash } from "@nimes/protocol/signed/hashes";
import type { Refounding } from "@nimes/protocol/signed/refounding";
import type { RejoinProof } from "@nimes/protocol/signed/rejoin-proof";
import type { RoomLeave } from "@nimes/protocol/signed/room-leave";
import type { SignedType } from "@nimes/protocol/signed/signature";
import { signStructure } from "@nimes/protocol/signed/signed";
import type { Circle } from "@nimes/testing/server/circle";
import { connect, openCircle, sequencesOf } from "@nimes/testing/server/circle";
import type { RawDevice } from "@nimes/testing/server/raw-device";
import type { RawProposal } from "@nimes/testing/server/raw-mls";
import { rawCommitMessage, rawGroupInfo, rawWelcome } from "@nimes/testing/server/raw-mls";
import {
  foundRoomBy,
  rawApplication,
  rawCommit,
  rawWelcomeBy,
  signRoles,
} from "@nimes/testing/server/raw-room";
import type { RawSocket } from "@nimes/testing/server/raw-socket";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";

type Commit = Extract<Submission, { kind: "commit" }>;

let circle: Circle;
let anna: RawDevice;
let bernd: RawDevice;
let annas: RawSocket;
let bernds: RawSocket;
let roomId: RoomId;
let roles: Signed;
let both: ClientId[];
beforeAll(async () => {
  circle = await openCircle();
  [anna, bernd] = [await circle.join(), await circle.join()];
  both = [anna.test.clientId, bernd.test.clientId];
});
beforeEach(async () => {
  [annas, bernds] = [await connect(circle.server, anna), await connect(circle.server, bernd)];
  ({ roomId, roles } = await foundRoomBy(annas, anna.test, { others: [bernd.test] }));
});
afterEach(async () => {
  await annas.close();
  await bernds.close();
});
afterAll(() => circle.close());

async function verdict(socket: RawSocket, submission: Submission): Promise<string> {
  const submissionId = newSubmissionId();
  socket.send({ type: "submit", submissionId, roomId, submission });
  const answer = await socket.answerTo(submissionId);
  return answer.type === "accepted" ? "accepted" : answer.code;
}
/** Nothing of what was refused came to the other one, and the room goes on. */
async function roomGoesOn(): Promise<void> {
  expect(await verdict(annas, rawApplication(roomId))).toBe("accepted");
  await bernds.take(
    "entries",
    (frame) => frame.roomId === roomId && frame.entries.at(-1)?.kind === "application",
  );
  expect(sequencesOf(bernds, roomId)).toEqual([2, 3]);
}
const group = (epoch = 1) => ({ groupId: fromHex(roomId), epoch });
const otherGroup = (epoch = 1) => ({ groupId: new Uint8Array(32).fill(7), epoch });
const garbage = () => crypto.getRandomValues(new Uint8Array(100));

describe("a commit", () => {
  const commitOf = async (bytes: Uint8Array): Promise<Commit> => ({
    ...(await rawCommit({ roomId, epoch: 1 }, both)),
    bytes,
  });

  test("that no client could open is refused, by whomever, and the room goes on (M9)", async () => {
    const good = rawCommitMessage(group());
    for (const bytes of [
      new Uint8Array(100).fill(1),
      garbage(),
      good.subarray(0, good.byteLength - 1),
      Uint8Array.from([...good, 0]),
      rawApplication(roomId).bytes,
      rawWelcome(),
    ])
      expect(await verdict(bernds, await commitOf(bytes))).toBe("malformed");
    await roomGoesOn();
  });

  test("of another epoch than it says, or another group, is refused (M8)", async () => {
    expect(await verdict(bernds, await commitOf(rawCommitMessage(group(2))))).toBe("malformed");
    const elsewhere = { ...(await rawCommit({ roomId, ...otherGroup() }, both)) };
    expect(await verdict(bernds, elsewhere)).toBe("stale-epoch");
    await roomGoesOn();
  });

  test.each<["member" | "joiner" | "external", RawProposal[]]>([
    ["member", ["by-reference"]],
    ["member", ["re-init"]],
    ["member", ["external-init"]],
    ["member", ["remove", "by-reference"]],
    ["joiner", ["external-init"]],
    ["external", []],
  ])("of a %s with proposals %s is refused (M1, M1b, M11)", async (as, kinds) => {
    expect(await verdict(bernds, await commitOf(rawCommitMessage(group(), { as, with: kinds })))).toBe(
      "malformed",
    );
    await roomGoesOn();
  });

  test("whose GroupInfo is none, of another group or epoch, or shows other leaves is refused", async () => {
    const commit = await rawCommit({ roomId, epoch: 1 }, both);
    const next = { ...group(), epoch: 2 };
    for (const groupInfo of [
      garbage(),
      rawGroupInfo(group(), both),
      rawGroupInfo({ ...otherGroup(), epoch: 2 }, both),
      rawGroupInfo(next, both.slice(0, 1)),
      rawGroupInfo(next, [...both, both[0] as ClientId]),
      rawGroupInfo(next, both).subarray(0, 400),
    ])
      expect(await verdict(bernds, { ...commit, groupInfo })).toBe("malformed");
    expect(await verdict(bernds, { ...commit, devices: both.slice(1) })).toBe("malformed");
    await roomGoesOn();
  });
});

describe("a Welcome", () => {
  test("is taken only with a proof by its sender that is about it (M14)", async () => {
    const carla = await circle.join();
    const devices = [...both, carla.test.clientId];
    const good = await rawCommit({ roomId, epoch: 1 }, devices, { by: anna.test, roles });
    const about = { roomId, groupId: fromHex(roomId), commit: good.bytes };
    const proofs: [string, string, { welcome?: Uint8Array; welcomeProof?: Signed | undefined }][] = [
      ["none", "malformed", { welcomeProof: undefined }],
      ["another's", "wrong-signer", await rawWelcomeBy({ by: bernd.test, roles }, about)],
      [
        "another room",
        "malformed",
        await rawWelcomeBy({ by: anna.test, roles }, { ...about, roomId: "0".repeat(64) as RoomId }),
      ],
      [
        "another group",
        "malformed",
        await rawWelcomeBy({ by: anna.test, roles }, { ...about, groupId: new Uint8Array(32) }),
      ],
      [
        "another commit",
        "malformed",
        await rawWelcomeBy({ by: anna.test, roles }, { ...about, commit: garbage() }),
      ],
      ["another Welcome", "malformed", { welcome: rawWelcome() }],
      ["no Welcome at all", "malformed", { welcome: garbage() }],
      [
        "roles of the future",
        "room-changed",
        await rawWelcomeBy({ by: anna.test, roles, rolesVersion: 2 }, about),
      ],
      [
        "other roles",
        "room-changed",
        await rawWelcomeBy({ by: anna.test, roles: { ...roles, payload: garbage() } }, about),
      ],
    ];
    for (const [name, code, part] of proofs) {
      const { welcome, welcomeProof, ...rest } = { ...good, ...part };
      const submission = { ...rest, ...(welcome && { welcome }), ...(welcomeProof && { welcomeProof }) };
      expect([name, await verdict(annas, submission)]).toEqual([name, code]);
    }
    expect(await verdict(annas, good)).toBe("accepted");
  });
});

test("a message of another group or epoch than it says, or that is none, is refused (M9)", async () => {
  expect(await verdict(bernds, rawApplication(roomId, { groupId: otherGroup().groupId }))).toBe(
    "stale-epoch",
  );
  for (const bytes of [
    garbage(),
    rawCommitMessage(group()),
    rawWelcome(),
    rawApplication(roomId, { epoch: 2 }).bytes,
  ])
    expect(await verdict(bernds, { kind: "application", epoch: 1, bytes })).toBe("malformed");
  await roomGoesOn();
});

describe("healing", () => {
  const bytesOf = () => rawCommitMessage(group(), { as: "joiner", with: ["external-init", "remove"] });
  const proofOf = (
    bytes: Uint8Array,
    part: Partial<RejoinProof> = {},
    by = bernd,
    type: SignedType = "RejoinProof",
  ) => {
    const proof: RejoinProof = {
      roomId,
      groupId: fromHex(roomId),
      epoch: 1,
      nonce: new Uint8Array(16),
      commit: sha256(bytes),
      device: bernd.test.clientId,
      time: Date.now(),
      ...part,
    };
    return signStructure(type, proof, [by.test.device]);
  };
  const healing = async (bytes: Uint8Array, rejoin: Signed): Promise<Commit> => ({
    ...(await rawCommit({ roomId, epoch: 1 }, both)),
    bytes,
    rejoin,
  });

  test("is an external commit with the device's own proof of it, once (M1, M15)", async () => {
    const bytes = bytesOf();
    const submission = await healing(bytes, await proofOf(bytes));
    expect(await verdict(annas, submission)).toBe("wrong-signer");
    expect(await verdict(bernds, submission)).toBe("accepted");
    // The same bytes again end an epoch that is over, and no other commit has this proof.
    expect(await verdict(bernds, submission)).toBe("stale-epoch");
    const { entries } = await annas.take(
      "entries",
      ({ entries: [entry] }) => entry?.kind === "commit" && entry.rejoin !== undefined,
    );
    expect(entries).toHaveLength(1);
  });

  test.each<[string, Partial<RejoinProof>]>([
    ["another room", { roomId: "0".repeat(64) as RoomId }],
    ["another group", { groupId: new Uint8Array(32) }],
    ["another epoch", { epoch: 2 }],
    ["another commit", { commit: new Uint8Array(32) }],
  ])("with a proof about %s is refused (M15)", async (_name, part) => {
    const bytes = bytesOf();
    expect(await verdict(bernds, await healing(bytes, await proofOf(bytes, part)))).toBe("malformed");
    await roomGoesOn();
  });

  test("in another's name, with a signature of another kind, or by an ordinary commit is refused (M1, D7)", async () => {
    const bytes = bytesOf();
    const inAnnasName = await proofOf(bytes, { device: anna.test.clientId });
    expect(await verdict(bernds, await healing(bytes, inAnnasName))).toBe("malformed");
    expect(await verdict(bernds, await healing(bytes, await proofOf(bytes, {}, anna)))).toBe("wrong-signer");
    const other = await proofOf(bytes, {}, bernd, "RoomLeave");
    expect(await verdict(bernds, await healing(bytes, other))).toBe("bad-signature");
    const plain = rawCommitMessage(group());
    expect(await verdict(bernds, await healing(plain, await proofOf(plain)))).toBe("malformed");
    await roomGoesOn();
  });

  test("has the GroupInfo of the room as it is, for members alone (S5)", async () => {
    const commit = await rawCommit({ roomId, epoch: 1 }, both);
    expect(await verdict(annas, commit)).toBe("accepted");
    const ask = (who: RawDevice, room: string) => who.call(routes.getGroupInfo, { params: { roomId: room } });
    expect(await ask(bernd, roomId)).toEqual({
      status: 200,
      code: "ok",
      value: { epoch: 2, groupId: fromHex(roomId), groupInfo: commit.groupInfo, roles: [roles] },
    });
    const carla = await circle.join();
    const notFound = { status: 404, code: "not-found" };
    expect(await ask(carla, roomId)).toEqual(notFound);
    const arrivals = (who: RawDevice) => who.call(routes.getArrivals, { params: { roomId } });
    expect((await arrivals(bernd)).code).toBe("ok");
    expect(await arrivals(carla)).toEqual(notFound);
    expect(await ask(bernd, "0".repeat(64))).toEqual(notFound);
    expect(await verdict(annas, await rawCommit({ roomId, epoch: 2 }, both.slice(0, 1)))).toBe("accepted");
    expect(await ask(bernd, roomId)).toEqual(notFound);
  });
});

describe("signed structures", () => {
  const leaveOf = (
    by: RawDevice,
    part: Partial<RoomLeave> = {},
    type: SignedType = "RoomLeave",
  ): Promise<Signed> =>
    signStructure(
      type,
      {
        orgId: circle.organisation.orgId,
        roomId,
        groupId: fromHex(roomId),
        epoch: 1,
        device: by.test.clientId,
        time: Date.now(),
        nonce: new Uint8Array(16),
        ...part,
      },
      [by.test.device],
    );

  test("only the own device's word lets its user leave, about this room (D7)", async () => {
    const lies: [string, Signed][] = [
      ["wrong-signer", await leaveOf(anna)],
      ["malformed", await leaveOf(bernd, { device: anna.test.clientId })],
      ["malformed", await leaveOf(bernd, { roomId: "0".repeat(64) as RoomId })],
      ["bad-signature", await leaveOf(bernd, {}, "RejoinProof")],
      ["stale-epoch", await leaveOf(bernd, { epoch: 0 })],
      ["stale-epoch", await leaveOf(bernd, { groupId: new Uint8Array(32) })],
    ];
    for (const [code, leave] of lies) expect(await verdict(bernds, { kind: "leave", leave })).toBe(code);
    expect(await verdict(bernds, { kind: "leave", leave: await leaveOf(bernd) })).toBe("accepted");
    await bernds.take("entries", ({ entries }) => entries.some(({ kind }) => kind === "leave"));
    expect(await verdict(annas, rawApplication(roomId))).toBe("accepted");
    expect(await verdict(bernds, rawApplication(roomId))).toBe("not-a-member");
    expect(sequencesOf(bernds, roomId)).toEqual([2, 3]);
  });

  test("the next roles are signed by their author, who is there and may, sound, and for this room", async () => {
    const users = [anna.test.letter.userId];
    const next = { version: 2, previous: rolesHash(roles.payload) };
    const made = async (by: RawDevice, changes: object) =>
      (await signRoles(by.test, { kind: "group", users, changes })).roles;
    const lies: [string, Signed][] = [
      ["forbidden", await made(bernd, next)],
      ["wrong-signer", await made(anna, { ...next, author: bernd.test.clientId })],
      ["malformed", await made(anna, {})],
      ["malformed", await made(anna, { ...next, users: [] })],
      ["broken-chain", await made(anna, { ...next, previous: new Uint8Array(32) })],
    ];
    for (const [code, signed] of lies)
      expect([code, await verdict(annas, { kind: "roles", roles: signed })]).toEqual([code, code]);
    const good = await made(anna, next);
    // Also where another member brings them: what a restored backup has lost is sent again by whoever has it (F14).
    expect(await verdict(bernds, { kind: "roles", roles: good })).toBe("accepted");
    expect(await verdict(annas, { kind: "roles", roles: good })).toBe("room-changed");
  });

  test("a refounding is the sending device's own, with a new group that shows whom it says (M16)", async () => {
    const first = await bernds.take("entries", (frame) => frame.roomId === roomId);
    const [answered] = first.entries;
    if (!answered) throw new Error("nothing to answer");
    const groupId = crypto.getRandomValues(new Uint8Array(32));
    const founded = async (
      by: RawDevice,
      part: Partial<Refounding> = {},
      type: SignedType = "Refounding",
    ) => {
      const value: Refounding = {
        orgId: circle.organisation.orgId,
        roomId,
        groupId,
        answers: { sequence: answered.sequence, digest: digestOf(answered) },
        without: null,
        rolesVersion: 1,
        author: by.test.clientId,
        time: Date.now(),
        ...part,
      };
      const refounding = await signStructure(type, value, [by.test.device]);
      const about = { roomId, groupId, commit: refounding.payload };
      const groupInfo = rawGroupInfo({ groupId, epoch: 1 }, both);
      const welcome = await rawWelcomeBy({ by: anna.test, roles }, about);
      return { kind: "refound", refounding, epoch: 1, devices: both, groupInfo, ...welcome } as const;
    };
    const good = await founded(anna);
    const lies: [string, Submission][] = [
      ["wrong-signer", await founded(bernd)],
      ["bad-signature", await founded(anna, {}, "RoomRoles")],
      ["forbidden", await founded(anna, { author: bernd.test.clientId })],
      ["malformed", await founded(anna, { roomId: "0".repeat(64) as RoomId })],
      ["malformed", await founded(anna, { groupId: new Uint8Array(32) })],
      ["malformed", { ...good, epoch: 0 }],
      ["malformed", { ...good, devices: both.slice(0, 1) }],
      ["malformed", { ...good, groupInfo: rawGroupInfo({ groupId, epoch: 2 }, both) }],
      ["malformed", { ...good, welcome: rawWelcome() }],
    ];
    for (const [code, submission] of lies)
      expect([code, await verdict(annas, submission)]).toEqual([code, code]);
    expect(await verdict(annas, good)).toBe("accepted");
    await bernds.take("inbox", ({ items }) => items.some((item) => item.roomSequence === 3));
    await bernds.take("entries", ({ entries }) => entries.some(({ kind }) => kind === "refound"));
    expect(await verdict(bernds, rawApplication(roomId))).toBe("stale-epoch");
    expect(await verdict(bernds, rawApplication(roomId, { groupId }))).toBe("accepted");
  });
});

test("a place in the log or the inbox that cannot be makes nobody deaf", async () => {
  await bernds.close();
  const far = Number.MAX_SAFE_INTEGER;
  bernds = await connect(circle.server, bernd, { cursors: [{ roomId, sequence: far }], inboxSequence: far });
  const { previous, entries } = await bernds.take("entries", (frame) => frame.roomId === roomId);
  expect([entries[0]?.sequence, previous?.byteLength]).toEqual([2, 32]);
  await bernds.take("inbox", ({ items }) => items.some((item) => item.roomId === roomId));
});
