/** What a hostile member sends through a server that lets everything pass. */
import { concat, fromHex, utf8 } from "@nimes/protocol/bytes";
import type { FullEntry } from "@nimes/protocol/entry";
import { formatClientId, parseClientId } from "@nimes/protocol/ids";
import {
  addForger,
  addProposal,
  appendCommit,
  decodeKeyPackage,
  type Forger,
  forgeCommit,
  forgeExternalAdd,
  forgeExternalCommit,
  forgeKeyPackage,
  forgeMessage,
  forgeProposal,
  forgeText,
  letForgerIn,
  removeProposal,
} from "@nimes/testing/e2ee/forger";
import {
  addToRoom,
  appendEntry,
  makeRoom,
  oneKeyPackage,
  open,
  send,
  summary,
  type TestRoom,
} from "@nimes/testing/e2ee/room-log";
import { addOfficer, makeCircle, type TestCircle, type TestOfficer } from "@nimes/testing/e2ee/test-device";
import { describe, expect, test } from "vitest";

type Scene = { circle: TestCircle; anna: TestOfficer; bert: TestOfficer; mallory: Forger; log: TestRoom };

/** Anna's group with Bert and Mallory, all up to date. */
async function scene(role: "member" | "moderator" = "member"): Promise<Scene> {
  const circle = await makeCircle();
  const anna = await addOfficer(circle);
  const bert = await addOfficer(circle);
  const mallory = await addForger(circle);
  const roles = role === "moderator" ? [{ userId: mallory.userId, role }] : [];
  const log = await makeRoom(circle, anna, [bert], { roles });
  await letForgerIn(log, anna, mallory);
  await open(log, bert, log.entries.slice(-1));
  return { circle, anna, bert, mallory, log };
}

/** Bert refuses for this reason, and the room works on for Anna and him, messages and commits. */
async function expectRefusal({ circle, anna, bert, log }: Scene, entry: FullEntry, reason: string) {
  const devices = await bert.e2ee.devicesOf(log.room.groupId);
  expect((await open(log, bert, [entry])).map(summary)).toEqual([`refused: ${reason}`]);
  expect(await bert.e2ee.devicesOf(log.room.groupId)).toEqual(devices);
  expect((await open(log, bert, await send(log, anna, ["weiter"]))).map(summary)).toEqual(["weiter"]);
  const dora = await addOfficer(circle);
  const changed = await addToRoom(log, anna, [dora]);
  expect(changed.outcome).toBe("accepted");
  expect((await open(log, bert, log.entries.slice(-1))).map(summary)).toEqual(["commit"]);
  expect(await bert.e2ee.devicesOf(log.room.groupId)).toEqual([...devices, dora.clientId]);
}

describe("outsiders", () => {
  test("a stranger's external commit is refused (M1)", async () => {
    const here = await scene();
    const stranger = await forgeKeyPackage(here.mallory.clientId);
    const bytes = await forgeExternalCommit(here.log.groupInfo ?? new Uint8Array(), stranger);
    await expectRefusal(here, appendCommit(here.log, here.mallory, bytes, here.log.devices), "header");
  });

  test("an external commit of a member's device with another key is refused (M1)", async () => {
    const here = await scene();
    const keys = await forgeKeyPackage(here.anna.clientId);
    const bytes = await forgeExternalCommit(here.log.groupInfo ?? new Uint8Array(), keys);
    await expectRefusal(here, appendCommit(here.log, here.mallory, bytes, here.log.devices), "header");
  });

  test("an external commit of a member in place of the own leaf is refused where its device has not signed for it (M1)", async () => {
    const here = await scene();
    const bytes = await forgeExternalCommit(
      here.log.groupInfo ?? new Uint8Array(),
      here.mallory.keys,
      here.mallory.clientId,
    );
    await expectRefusal(here, appendCommit(here.log, here.mallory, bytes, here.log.devices), "header");
  });

  test.each(["application", "commit"] as const)(
    "an external Add proposal as %s is dropped, and the next honest commit adds nobody (M1b)",
    async (kind) => {
      const here = await scene();
      const stranger = await forgeKeyPackage(here.mallory.clientId);
      const bytes = await forgeExternalAdd(here.log.groupInfo ?? new Uint8Array(), stranger);
      const entry = appendEntry(here.log, { kind, sender: here.mallory.clientId, epoch: 2, bytes });
      await expectRefusal(here, entry, "header");
    },
  );
});

describe("loose proposals of a member (M1b)", () => {
  test.each([
    ["public", true, "application"],
    ["private", false, "application"],
    ["public", true, "commit"],
    ["private", false, "commit"],
  ] as const)("a %s Add proposal (public: %s) as %s adds nobody", async (_name, asPublicMessage, kind) => {
    const here = await scene();
    const stranger = await forgeKeyPackage(here.mallory.clientId);
    const proposal = addProposal(stranger.publicPackage);
    const bytes = await forgeProposal(here.mallory, proposal, { asPublicMessage });
    const entry = appendEntry(here.log, { kind, sender: here.mallory.clientId, epoch: 2, bytes });
    await expectRefusal(here, entry, "header");
  });

  test("a proposal for a future epoch adds nobody when that epoch comes", async () => {
    const here = await scene();
    const ahead = { ...here.mallory, state: (await forgeCommit(here.mallory, [])).newState };
    const stranger = await forgeKeyPackage(here.mallory.clientId);
    const bytes = await forgeProposal(ahead, addProposal(stranger.publicPackage), { asPublicMessage: true });
    const entry = appendEntry(here.log, {
      kind: "application",
      sender: here.mallory.clientId,
      epoch: 3,
      bytes,
    });
    await expectRefusal(here, entry, "header");
  });
});

describe("leaves that do not belong", () => {
  test("a leaf on no device chain is refused, also from a moderator (M2)", async () => {
    const here = await scene("moderator");
    const identity = parseClientId(here.bert.clientId);
    if (!identity) throw new Error("no client id");
    const unknown = formatClientId({ ...identity, deviceId: "f".repeat(32) as typeof identity.deviceId });
    const stranger = await forgeKeyPackage(unknown);
    const { bytes } = await forgeCommit(here.mallory, [addProposal(stranger.publicPackage)]);
    const entry = appendCommit(here.log, here.mallory, bytes, [...here.log.devices, unknown]);
    await expectRefusal(here, entry, "not-on-chain");
  });

  test("a leaf with a real officer's client id and another key is refused (M2)", async () => {
    const here = await scene("moderator");
    const cem = await addOfficer(here.circle);
    const forged = await forgeKeyPackage(cem.clientId);
    const { bytes } = await forgeCommit(here.mallory, [addProposal(forged.publicPackage)]);
    const entry = appendCommit(here.log, here.mallory, bytes, [...here.log.devices, cem.clientId]);
    await expectRefusal(here, entry, "not-on-chain");
  });

  test("a second leaf with an honest device's client id is refused (M2b)", async () => {
    const here = await scene("moderator");
    const twin = await forgeKeyPackage(here.anna.clientId);
    const { bytes } = await forgeCommit(here.mallory, [addProposal(twin.publicPackage)]);
    await expectRefusal(here, appendCommit(here.log, here.mallory, bytes, here.log.devices), "twin-leaf");
  });

  test("a second leaf with an honest device's client id in a blank slot is refused (M2b)", async () => {
    const here = await scene("moderator");
    const twin = await forgeKeyPackage(here.anna.clientId);
    const proposals = [removeProposal(here.mallory, here.bert.clientId), addProposal(twin.publicPackage)];
    const { bytes } = await forgeCommit(here.mallory, proposals);
    const devices = here.log.devices.filter((clientId) => clientId !== here.bert.clientId);
    const entry = appendCommit(here.log, here.mallory, bytes, devices);
    expect((await open(here.log, here.anna, [entry])).map(summary)).toEqual(["refused: twin-leaf"]);
    const sent = await send(here.log, here.anna, ["weiter"]);
    expect((await open(here.log, here.bert, sent)).map(summary)).toEqual(["weiter"]);
  });

  test("a device list beside the commit that is not the tree's changes nothing: the tree says who reads", async () => {
    const { circle, bert, mallory, log } = await scene("moderator");
    const cem = await addOfficer(circle);
    const keyPackage = decodeKeyPackage(await oneKeyPackage(cem.e2ee));
    const { bytes } = await forgeCommit(mallory, [addProposal(keyPackage)]);
    const [outcome] = await open(log, bert, [appendCommit(log, mallory, bytes, [bert.clientId])]);
    const devices = await bert.e2ee.devicesOf(log.room.groupId);
    expect(devices).toContain(cem.clientId);
    expect(outcome).toMatchObject({ outcome: "commit", committer: mallory.clientId, devices });
  });
});

describe("what roles do not allow (M4)", () => {
  test("a member adds a user", async () => {
    const here = await scene();
    const cem = await addOfficer(here.circle);
    const keyPackage = decodeKeyPackage(await oneKeyPackage(cem.e2ee));
    const { bytes } = await forgeCommit(here.mallory, [addProposal(keyPackage)]);
    const entry = appendCommit(here.log, here.mallory, bytes, [...here.log.devices, cem.clientId]);
    await expectRefusal(here, entry, "not-permitted");
  });

  test("a member removes a user", async () => {
    const here = await scene();
    const { bytes } = await forgeCommit(here.mallory, [removeProposal(here.mallory, here.anna.clientId)]);
    const devices = here.log.devices.filter((clientId) => clientId !== here.anna.clientId);
    await expectRefusal(here, appendCommit(here.log, here.mallory, bytes, devices), "not-permitted");
  });

  test("a member removes the very device that judges", async () => {
    const here = await scene();
    const { bytes } = await forgeCommit(here.mallory, [removeProposal(here.mallory, here.bert.clientId)]);
    const devices = here.log.devices.filter((clientId) => clientId !== here.bert.clientId);
    await expectRefusal(here, appendCommit(here.log, here.mallory, bytes, devices), "not-permitted");
  });

  test("a user whose attestation has run out is not added, even by a moderator", async () => {
    const here = await scene("moderator");
    const former = await addOfficer(here.circle, { validUntil: here.log.now - 1 });
    const keyPackage = decodeKeyPackage(await oneKeyPackage(former.e2ee));
    const { bytes } = await forgeCommit(here.mallory, [addProposal(keyPackage)]);
    const entry = appendCommit(here.log, here.mallory, bytes, [...here.log.devices, former.clientId]);
    await expectRefusal(here, entry, "not-on-chain");
  });

  test("a third user in a direct room, even by one of the two", async () => {
    const circle = await makeCircle();
    const anna = await addOfficer(circle);
    const mallory = await addForger(circle);
    const log = await makeRoom(circle, anna, [], {
      kind: "direct",
      roles: [{ userId: mallory.userId, role: "owner" }],
    });
    await letForgerIn(log, anna, mallory);
    const cem = await addOfficer(circle);
    const keyPackage = decodeKeyPackage(await oneKeyPackage(cem.e2ee));
    const { bytes } = await forgeCommit(mallory, [addProposal(keyPackage)]);
    const entry = appendCommit(log, mallory, bytes, [...log.devices, cem.clientId]);
    expect((await open(log, anna, [entry])).map(summary)).toEqual(["refused: not-permitted"]);
    expect(await anna.e2ee.devicesOf(log.room.groupId)).not.toContain(cem.clientId);
  });

  test("a moderator adds and removes, and a member renews the own keys", async () => {
    const { circle, bert, mallory, log } = await scene("moderator");
    const cem = await addOfficer(circle);
    const keyPackage = decodeKeyPackage(await oneKeyPackage(cem.e2ee));
    const added = await forgeCommit(mallory, [addProposal(keyPackage)]);
    const first = appendCommit(log, mallory, added.bytes, [...log.devices, cem.clientId], 2);
    mallory.state = added.newState;
    const removed = await forgeCommit(mallory, [removeProposal(mallory, cem.clientId)]);
    const second = appendCommit(log, mallory, removed.bytes, log.devices, 3);
    mallory.state = removed.newState;
    const renewed = await forgeCommit(mallory, []);
    const third = appendCommit(log, mallory, renewed.bytes, log.devices, 4);
    expect(await open(log, bert, [first, second, third])).toMatchObject([
      { outcome: "commit", devices: [...log.devices, cem.clientId], committer: mallory.clientId, epoch: 3 },
      { outcome: "commit", devices: log.devices, epoch: 4 },
      { outcome: "commit", devices: log.devices, epoch: 5 },
    ]);
  });
});

describe("commits of another shape", () => {
  test("another cipher suite for the room is refused (M11)", async () => {
    const here = await scene("moderator");
    const { bytes } = await forgeCommit(here.mallory, [
      {
        proposalType: "reinit",
        reinit: {
          groupId: fromHex(here.log.room.roomId),
          version: "mls10",
          cipherSuite: "MLS_128_DHKEMX25519_CHACHA20POLY1305_SHA256_Ed25519",
          extensions: [],
        },
      },
    ]);
    await expectRefusal(here, appendCommit(here.log, here.mallory, bytes, here.log.devices), "header");
  });

  test("group context extensions are refused: nobody gets a say from outside", async () => {
    const here = await scene("moderator");
    const { bytes } = await forgeCommit(here.mallory, [
      {
        proposalType: "group_context_extensions",
        groupContextExtensions: { extensions: [] },
      },
    ]);
    await expectRefusal(here, appendCommit(here.log, here.mallory, bytes, here.log.devices), "header");
  });

  test("a commit hidden in a PrivateMessage is refused", async () => {
    const here = await scene("moderator");
    const { bytes } = await forgeCommit(here.mallory, [], { asPublicMessage: false });
    await expectRefusal(here, appendCommit(here.log, here.mallory, bytes, here.log.devices), "header");
  });

  test("a commit that names another epoch than its entry is refused", async () => {
    const here = await scene("moderator");
    const { bytes } = await forgeCommit(here.mallory, []);
    await expectRefusal(here, appendCommit(here.log, here.mallory, bytes, here.log.devices, 1), "header");
  });

  test("a commit under another committer's name counts as that of who signed it", async () => {
    const { anna, bert, mallory, log } = await scene();
    const { bytes } = await forgeCommit(mallory, []);
    const entry = appendCommit(log, anna, bytes, log.devices);
    expect(await open(log, bert, [entry])).toMatchObject([
      { outcome: "commit", committer: mallory.clientId },
    ]);
  });

  test("a commit for an epoch that is over changes nothing (M8)", async () => {
    const here = await scene("moderator");
    const stale = await forgeCommit(here.mallory, [removeProposal(here.mallory, here.anna.clientId)]);
    await addToRoom(here.log, here.anna, [await addOfficer(here.circle)]);
    await open(here.log, here.bert, here.log.entries.slice(-1));
    const before = await here.bert.e2ee.devicesOf(here.log.room.groupId);
    const entry = appendCommit(here.log, here.mallory, stale.bytes, [here.bert.clientId], 2);
    expect((await open(here.log, here.bert, [entry])).map(summary)).toEqual(["commit before"]);
    expect(await here.bert.e2ee.devicesOf(here.log.room.groupId)).toEqual(before);
    expect((await open(here.log, here.bert, await send(here.log, here.anna, ["da"]))).map(summary)).toEqual([
      "da",
    ]);
  });
});

describe("messages", () => {
  test("a member's message under another's name is shown as that of who signed it", async () => {
    const { anna, bert, mallory, log } = await scene();
    const bytes = await forgeText(mallory, "Ich bin Anna");
    const entry = appendEntry(log, { kind: "application", sender: anna.clientId, epoch: 2, bytes });
    expect(await open(log, bert, [entry])).toMatchObject([{ outcome: "content", sender: mallory.clientId }]);
  });

  test("content that is none is refused, and its neighbours in the same run are read (M9)", async () => {
    const { anna, bert, mallory, log } = await scene();
    await send(log, anna, ["vorher"]);
    const append = (bytes: Uint8Array) =>
      appendEntry(log, { kind: "application", sender: mallory.clientId, epoch: 2, bytes });
    append(await forgeMessage(mallory, utf8("kein CBOR")));
    append(await forgeMessage(mallory, new Uint8Array()));
    append(concat(await forgeText(mallory, "ein Byte zu viel"), Uint8Array.of(0)));
    const cut = await forgeText(mallory, "abgeschnitten");
    append(cut.subarray(0, cut.byteLength - 1));
    append(crypto.getRandomValues(new Uint8Array(200)));
    append(await forgeText(mallory, "echt"));
    await send(log, anna, ["nachher"]);
    const unreadable = "refused: unreadable";
    expect((await open(log, bert, log.entries.slice(-8))).map(summary)).toEqual([
      "vorher",
      ...[unreadable, unreadable, unreadable, unreadable, unreadable],
      "echt",
      "nachher",
    ]);
  });

  test("a message with a byte changed anywhere is refused, and the next one opens (M9)", async () => {
    const { bert, mallory, log } = await scene();
    const bytes = await forgeText(mallory, "Treffpunkt");
    for (let at = 0; at < bytes.byteLength; at += 37) {
      const changed = Uint8Array.from(bytes);
      changed[at] = (changed[at] ?? 0) ^ 0x40;
      const entry = appendEntry(log, {
        kind: "application",
        sender: mallory.clientId,
        epoch: 2,
        bytes: changed,
      });
      const [outcome] = await open(log, bert, [entry]);
      expect(outcome?.outcome).toMatch(/refused|too-old|duplicate/);
    }
    const next = await forgeText(mallory, "doch noch");
    const entry = appendEntry(log, {
      kind: "application",
      sender: mallory.clientId,
      epoch: 2,
      bytes: next,
    });
    expect((await open(log, bert, [entry])).map(summary)).toEqual(["doch noch"]);
  });

  test("garbage as a commit is refused (M9)", async () => {
    const here = await scene();
    const garbage = crypto.getRandomValues(new Uint8Array(500));
    await expectRefusal(here, appendCommit(here.log, here.mallory, garbage, here.log.devices), "unreadable");
    const honest = await forgeCommit(here.mallory, []);
    const cut = honest.bytes.subarray(0, honest.bytes.byteLength - 10);
    const devices = await here.bert.e2ee.devicesOf(here.log.room.groupId);
    await open(here.log, here.bert, [appendCommit(here.log, here.mallory, cut, here.log.devices, 2)]);
    expect(await here.bert.e2ee.devicesOf(here.log.room.groupId)).toEqual(devices);
  });

  test("a message of another room is refused", async () => {
    const { circle, anna, bert, log } = await scene();
    const other = await makeRoom(circle, anna, [bert]);
    const [entry] = await send(other, anna, ["anderswo"]);
    if (!entry) throw new Error("nothing was sent");
    expect((await open(log, bert, [entry])).map(summary)).toEqual(["refused: wrong-room"]);
  });

  test("a message of an epoch that has not come is never shown: this device comes back, or waits for a new group anyway", async () => {
    const { bert, mallory, log } = await scene("moderator");
    const next = await forgeCommit(mallory, []);
    const ahead = { ...mallory, state: next.newState };
    const bytes = await forgeText(ahead, "zu früh");
    const early = appendEntry(log, { kind: "application", sender: mallory.clientId, epoch: 3, bytes });
    expect((await open(log, bert, [early])).map(summary)).toEqual(["stranded"]);
    const waiting = await open(log, bert, [early], { isWaiting: true });
    expect(waiting.map(summary)).toEqual(["refused: unreadable"]);
    const commit = appendCommit(log, mallory, next.bytes, log.devices, 2);
    expect((await open(log, bert, [commit])).map(summary)).toEqual(["commit"]);
  });
});
