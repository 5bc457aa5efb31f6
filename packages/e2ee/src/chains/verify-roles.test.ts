import { newUserId } from "@nimes/protocol/ids";
import { signStructure } from "@nimes/protocol/signed/signed";
import {
  activateDevice,
  directoryEntryOf,
  enrolOfficer,
  makeOrganisation,
  newSigner,
} from "@nimes/testing/organisation";
import { expect, test } from "vitest";
import { makeRoomRoles } from "./make-room-roles.ts";
import type { DirectoryLookup } from "./verified-user.ts";
import { verifyOrganisation } from "./verify-organisation.ts";
import { creatorOf, verifyRoles } from "./verify-roles.ts";
import { verifyUser } from "./verify-user.ts";

async function officer() {
  const organisation = await makeOrganisation();
  const letter = await enrolOfficer(organisation);
  const device = await activateDevice(letter);
  const verified = await verifyOrganisation(organisation.rootHash, organisation.manifests);
  const user = verified.ok ? await verifyUser(verified.value, directoryEntryOf(letter, device)) : verified;
  if (!user.ok) throw new Error(user.code);
  const directory: DirectoryLookup = (userId) => (userId === letter.userId ? user.value : undefined);
  const value = {
    orgId: organisation.orgId,
    version: 1,
    previous: null,
    kind: "group",
    creator: device.clientId,
    users: [{ userId: letter.userId, role: "owner" }],
    nonce: new Uint8Array(16),
    time: 0,
  };
  return { letter, device, directory, value };
}

test("roles made by a founding device verify, and their hash is the room id", async () => {
  const { device, directory } = await officer();
  const other = newUserId();
  const { roomId, roles } = await makeRoomRoles({
    kind: "direct",
    creator: device.clientId,
    device: device.device,
    others: [{ userId: other, role: "member" }],
    time: 1,
  });
  expect(creatorOf([roles])).toBe(device.clientId);
  expect(await verifyRoles([roles], directory)).toMatchObject({
    ok: true,
    value: {
      roomId,
      kind: "direct",
      creator: device.clientId,
      users: [{ role: "owner" }, { userId: other }],
    },
  });
});

test("two rooms of the same people have different ids", async () => {
  const { device } = await officer();
  const room = {
    kind: "group" as const,
    creator: device.clientId,
    device: device.device,
    others: [],
    time: 1,
  };
  expect((await makeRoomRoles(room)).roomId).not.toBe((await makeRoomRoles(room)).roomId);
});

test("roles that another key than the creator's device signed are refused", async () => {
  const { directory, value } = await officer();
  const forged = await signStructure("RoomRoles", value, [await newSigner()]);
  expect(await verifyRoles([forged], directory)).toEqual({ ok: false, code: "wrong-signer" });
});

test("a founder who is on no verified chain is refused", async () => {
  const { device, value } = await officer();
  const roles = await signStructure("RoomRoles", value, [device.device]);
  expect(await verifyRoles([roles], () => undefined)).toEqual({ ok: false, code: "wrong-signer" });
  expect(await verifyRoles([roles], () => "unprovable")).toEqual({ ok: false, code: "wrong-signer" });
});

test("the device's signature over a structure of another type is no role (D7)", async () => {
  const { device, directory, value } = await officer();
  const other = await signStructure("UserAttestation", value, [device.device]);
  expect(await verifyRoles([other], directory)).toEqual({ ok: false, code: "bad-signature" });
});

test.each([
  ["a founder who is no owner", (value: Value) => ({ users: [{ ...value.users[0], role: "member" }] })],
  ["a founder who has no role", () => ({ users: [{ userId: newUserId(), role: "owner" }] })],
  ["a user named twice", (value: Value) => ({ users: [...value.users, ...value.users] })],
  ["one user in a direct room", () => ({ kind: "direct" })],
  [
    "three users in a direct room",
    (value: Value) => ({
      kind: "direct",
      users: [
        ...value.users,
        { userId: newUserId(), role: "member" },
        { userId: newUserId(), role: "member" },
      ],
    }),
  ],
  ["another organisation", () => ({ orgId: "0".repeat(32) })],
])("roles with %s are malformed", async (_name, change) => {
  const { device, directory, value } = await officer();
  const roles = await signStructure("RoomRoles", { ...value, ...change(value) }, [device.device]);
  expect(await verifyRoles([roles], directory)).toMatchObject({ ok: false, code: "malformed" });
});

test("later versions are not believed yet, none at all neither", async () => {
  const { device, directory, value } = await officer();
  const roles = await signStructure("RoomRoles", value, [device.device]);
  expect(await verifyRoles([roles, roles], directory)).toEqual({ ok: false, code: "broken-chain" });
  expect(await verifyRoles([], directory)).toEqual({ ok: false, code: "broken-chain" });
  expect(creatorOf([])).toBeUndefined();
});

type Value = Awaited<ReturnType<typeof officer>>["value"];
