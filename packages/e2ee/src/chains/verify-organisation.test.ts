import { manifestHash } from "@nimes/protocol/signed/hashes";
import { signStructure } from "@nimes/protocol/signed/signed";
import { makeOrganisation, newSigner, publishManifest } from "@nimes/testing/organisation";
import { expect, test } from "vitest";
import { findRoot, verifyOrganisation } from "./verify-organisation.ts";

test("all versions from the root hash down give the newest", async () => {
  const organisation = await makeOrganisation();
  await publishManifest(organisation, { name: "Polizei Neuland" });
  const verified = await verifyOrganisation(organisation.rootHash, organisation.manifests);
  expect(verified).toMatchObject({
    ok: true,
    value: { orgId: organisation.orgId, manifest: { name: "Polizei Neuland" }, head: { version: 2 } },
  });
});

test("another organisation's root is foreign", async () => {
  const [ours, theirs] = [await makeOrganisation(), await makeOrganisation()];
  expect(await verifyOrganisation(ours.rootHash, theirs.manifests)).toEqual({
    ok: false,
    code: "activation-foreign",
  });
});

test("a letter finds its organisation's root by 128 bits of its hash, and no other's", async () => {
  const [ours, theirs] = [await makeOrganisation(), await makeOrganisation()];
  expect(findRoot(ours.orgId, ours.manifests)).toEqual({ ok: true, value: ours.rootHash });
  expect(findRoot(ours.orgId, theirs.manifests)).toEqual({ ok: false, code: "activation-foreign" });
  expect(findRoot(ours.orgId, [])).toEqual({ ok: false, code: "not-found" });
  // What follows behind the first version has to be of the same root.
  const mixed = [...ours.manifests, ...theirs.manifests];
  expect(await verifyOrganisation(ours.rootHash, mixed)).toEqual({ ok: false, code: "activation-foreign" });
});

test("an older manifest than the one known is refused (D9)", async () => {
  const organisation = await makeOrganisation();
  const old = [...organisation.manifests];
  await publishManifest(organisation, { name: "Neu" });
  const now = await verifyOrganisation(organisation.rootHash, organisation.manifests);
  const known = now.ok ? now.value.head : undefined;
  expect(await verifyOrganisation(organisation.rootHash, old, known)).toEqual({
    ok: false,
    code: "outdated",
  });
});

test("another history than the one known is refused, even a longer one that the root signed (D9)", async () => {
  const organisation = await makeOrganisation();
  const fork = { ...organisation, manifests: [...organisation.manifests] };
  await publishManifest(organisation, { name: "Neu" });
  const now = await verifyOrganisation(organisation.rootHash, organisation.manifests);
  const known = now.ok ? now.value.head : undefined;
  await publishManifest(fork, { name: "Anders" });
  await publishManifest(fork, { name: "Noch anders" });
  expect(await verifyOrganisation(organisation.rootHash, fork.manifests, known)).toEqual({
    ok: false,
    code: "broken-chain",
  });
});

test("a chain that grew is taken", async () => {
  const organisation = await makeOrganisation();
  const now = await verifyOrganisation(organisation.rootHash, organisation.manifests);
  const known = now.ok ? now.value.head : undefined;
  await publishManifest(organisation, { name: "Neu" });
  expect((await verifyOrganisation(organisation.rootHash, organisation.manifests, known)).ok).toBe(true);
});

test.each([
  ["a version is left out", 1],
  ["the first is missing", 0],
])("a chain in which %s is broken (D9)", async (_name, missing) => {
  const organisation = await makeOrganisation();
  await publishManifest(organisation, { name: "Zwei" });
  await publishManifest(organisation, { name: "Drei" });
  const manifests = organisation.manifests.filter((_, index) => index !== missing);
  expect(await verifyOrganisation(organisation.rootHash, manifests)).toEqual({
    ok: false,
    code: "broken-chain",
  });
});

test("no manifest at all is not an organisation", async () => {
  const organisation = await makeOrganisation();
  expect(await verifyOrganisation(organisation.rootHash, [])).toEqual({ ok: false, code: "not-found" });
});

test("a manifest signed by another key than its root's is refused", async () => {
  const organisation = await makeOrganisation();
  const stranger = await newSigner();
  const forged = await signStructure("OrgManifest", organisation.manifest, [stranger]);
  expect(await verifyOrganisation(organisation.rootHash, [forged])).toEqual({
    ok: false,
    code: "wrong-signer",
  });
});

test("a stranger's signature under the root's name is refused", async () => {
  const organisation = await makeOrganisation();
  const stranger = await newSigner();
  const disguised = { publicKey: organisation.root.publicKey, sign: stranger.sign };
  const next = { ...organisation.manifest, version: 2, previous: headHash(organisation) };
  const forged = await signStructure("OrgManifest", next, [disguised]);
  expect(await verifyOrganisation(organisation.rootHash, [...organisation.manifests, forged])).toEqual({
    ok: false,
    code: "bad-signature",
  });
});

test("the root's signature over a structure of another type is no manifest (D7)", async () => {
  const organisation = await makeOrganisation();
  const other = await signStructure("RoomRoles", organisation.manifest, [organisation.root]);
  expect(await verifyOrganisation(organisation.rootHash, [other])).toEqual({
    ok: false,
    code: "bad-signature",
  });
});

const headHash = ({ manifests }: Awaited<ReturnType<typeof makeOrganisation>>): Uint8Array =>
  manifestHash(manifests.at(-1)?.payload ?? new Uint8Array());
