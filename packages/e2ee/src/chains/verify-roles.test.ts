import { newUserId } from "@nimes/protocol/ids";
import type { Signed } from "@nimes/protocol/schema";
import { rolesHash } from "@nimes/protocol/signed/hashes";
import type { RoomRoles } from "@nimes/protocol/signed/room-roles";
import { signStructure } from "@nimes/protocol/signed/signed";
import {
  activateDevice,
  directoryEntryOf,
  enrolAgain,
  enrolOfficer,
  generationOf,
  makeOrganisation,
  newSigner,
} from "@nimes/testing/organisation";
import { expect, test } from "vitest";
import { makeNextRoles, makeRoomRoles } from "./make-room-roles.ts";
import type { DirectoryLookup, VerifiedUser } from "./verified-user.ts";
import { verifyOrganisation } from "./verify-organisation.ts";
import { authorsOf, verifyRoles } from "./verify-roles.ts";
import { verifyUser } from "./verify-user.ts";

const nobody: DirectoryLookup = () => undefined;

async function people() {
  const organisation = await makeOrganisation();
  const verified = await verifyOrganisation(organisation.rootHash, organisation.manifests);
  const users = new Map<string, VerifiedUser>();
  async function officer() {
    const letter = await enrolOfficer(organisation);
    const device = await activateDevice(letter);
    const user = verified.ok ? await verifyUser(verified.value, directoryEntryOf(letter, device)) : verified;
    if (!user.ok) throw new Error(user.code);
    users.set(letter.userId, user.value);
    return { userId: letter.userId, letter, device };
  }
  async function newPhone(of: Awaited<ReturnType<typeof officer>>) {
    const letter = await enrolAgain(of.letter);
    const device = await activateDevice(letter, { time: organisation.madeAt + 1_000 });
    const entry = { ...directoryEntryOf(letter, device), former: [generationOf(of.letter, of.device)] };
    const user = verified.ok ? await verifyUser(verified.value, entry) : verified;
    if (!user.ok) throw new Error(user.code);
    users.set(letter.userId, user.value);
  }
  const directory: DirectoryLookup = (userId) => users.get(userId);
  return { organisation, officer, newPhone, directory };
}
type Officer = Awaited<ReturnType<Awaited<ReturnType<typeof people>>["officer"]>>;

async function founding() {
  const here = await people();
  const [anna, bert] = [await here.officer(), await here.officer()];
  const value: RoomRoles = {
    orgId: here.organisation.orgId,
    version: 1,
    previous: null,
    kind: "group",
    author: anna.device.clientId,
    users: [{ userId: anna.userId, role: "owner" }],
    nonce: new Uint8Array(16),
    time: 0,
  };
  return { ...here, anna, bert, value, first: await signStructure("RoomRoles", value, [anna.device.device]) };
}
const following = (before: Signed, by: Officer, users: RoomRoles["users"]) =>
  makeNextRoles(before, { author: by.device.clientId, device: by.device.device, users, time: 2 });

test("roles made by a founding device verify, and their hash is the room id", async () => {
  const { anna } = await founding();
  const other = newUserId();
  const { roomId, roles } = await makeRoomRoles({
    kind: "direct",
    author: anna.device.clientId,
    device: anna.device.device,
    others: [{ userId: other, role: "owner" }],
    time: 1,
  });
  expect(await verifyRoles([roles], nobody)).toEqual({
    ok: true,
    value: {
      roomId,
      kind: "direct",
      author: anna.device.clientId,
      version: 1,
      hash: rolesHash(roles.payload),
      users: [
        { userId: anna.userId, role: "owner" },
        { userId: other, role: "owner" },
      ],
    },
  });
});

test("two rooms of the same people have different ids", async () => {
  const { anna } = await founding();
  const { clientId: author, device } = anna.device;
  const room = { kind: "group" as const, author, device, others: [], time: 1 };
  expect((await makeRoomRoles(room)).roomId).not.toBe((await makeRoomRoles(room)).roomId);
});

test("the founding is judged by itself: a founder with another phone, or none, ends no room", async () => {
  const { anna, first, newPhone, directory } = await founding();
  expect(authorsOf([first])).toEqual([]);
  for (const lookup of [nobody, (() => "unprovable") as DirectoryLookup])
    expect(await verifyRoles([first], lookup)).toMatchObject({ ok: true });
  await newPhone(anna);
  expect(await verifyRoles([first], directory)).toMatchObject({ ok: true });
});

test("roles that another key than the author's device signed are refused", async () => {
  const { bert, value } = await founding();
  for (const signer of [await newSigner(), bert.device.device]) {
    const forged = await signStructure("RoomRoles", value, [signer]);
    expect(await verifyRoles([forged], nobody)).toEqual({ ok: false, code: "wrong-signer" });
  }
});

test("a device's signature over a structure of another type is no role (D7)", async () => {
  const { anna, value } = await founding();
  const other = await signStructure("UserAttestation", value, [anna.device.device]);
  expect(await verifyRoles([other], nobody)).toEqual({ ok: false, code: "bad-signature" });
});

const owner = (userId = newUserId()) => ({ userId, role: "owner" as const });
test.each([
  [
    "a founder who is no owner",
    (v: RoomRoles) => ({ users: [...v.users.map((u) => ({ ...u, role: "member" })), owner()] }),
  ],
  ["a founder who has no role", () => ({ users: [owner()] })],
  ["a user named twice", (v: RoomRoles) => ({ users: [...v.users, ...v.users] })],
  ["one user in a direct room", () => ({ kind: "direct" })],
  [
    "three users in a direct room",
    (v: RoomRoles) => ({ kind: "direct", users: [...v.users, owner(), owner()] }),
  ],
  [
    "two who are not alike in a direct room",
    (v: RoomRoles) => ({ kind: "direct", users: [...v.users, { userId: newUserId(), role: "member" }] }),
  ],
  ["another organisation", () => ({ orgId: "0".repeat(32) })],
  ["a version before the first", () => ({ previous: new Uint8Array(32) })],
])("a founding with %s is malformed", async (_name, change) => {
  const { anna, value } = await founding();
  const roles = await signStructure("RoomRoles", { ...value, ...change(value) }, [anna.device.device]);
  expect(await verifyRoles([roles], nobody)).toMatchObject({ ok: false, code: "malformed" });
});

test("later versions verify, the last one counts, and its authors' chains are asked for", async () => {
  const { anna, bert, first, directory } = await founding();
  const second = await following(first, anna, [owner(anna.userId), owner(bert.userId)]);
  const third = await following(second, bert, [owner(bert.userId)]);
  expect(authorsOf([first, second, third])).toEqual([anna.userId, bert.userId]);
  expect(await verifyRoles([first, second, third], directory)).toMatchObject({
    ok: true,
    value: {
      version: 3,
      author: bert.device.clientId,
      users: [owner(bert.userId)],
      hash: rolesHash(third.payload),
    },
  });
  expect(await verifyRoles([first, second, third], nobody)).toEqual({ ok: false, code: "wrong-signer" });
});

test("a version that a device has signed before its end still counts", async () => {
  const { anna, first, newPhone, directory } = await founding();
  const second = await following(first, anna, [owner(anna.userId)]);
  await newPhone(anna);
  expect(await verifyRoles([first, second], directory)).toMatchObject({ ok: true, value: { version: 2 } });
});

test("a chain with a hole, a version doubled, one of another room, or none is broken", async () => {
  const { anna, first, value, directory } = await founding();
  const second = await following(first, anna, value.users);
  const third = await following(second, anna, value.users);
  const elsewhere = await signStructure("RoomRoles", { ...value, nonce: new Uint8Array(16).fill(1) }, [
    anna.device.device,
  ]);
  for (const chain of [
    [],
    [first, third],
    [first, first],
    [second],
    [first, second, second],
    [elsewhere, second],
  ])
    expect(await verifyRoles(chain, directory)).toEqual({ ok: false, code: "broken-chain" });
});

test("a later version cannot make another room of it", async () => {
  const { anna, first, value, directory } = await founding();
  const next = { ...value, version: 2, previous: rolesHash(first.payload) };
  for (const change of [{ kind: "channel" }, { previous: new Uint8Array(32) }]) {
    const signed = await signStructure("RoomRoles", { ...next, ...change }, [anna.device.device]);
    expect(await verifyRoles([first, signed], directory)).toEqual({ ok: false, code: "broken-chain" });
  }
});

test("a member who takes a role beside the owner is refused, whoever was there (M4)", async () => {
  const { anna, bert, first, directory } = await founding();
  const taken = await following(first, bert, [
    owner(anna.userId),
    { userId: bert.userId, role: "moderator" },
  ]);
  expect(await verifyRoles([first, taken], directory)).toEqual({ ok: false, code: "forbidden" });
});
