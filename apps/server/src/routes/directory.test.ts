/** What the directory takes: manifests of its root, attestations of the unit's desk, each letter once. */
import { utf8 } from "@nimes/protocol/bytes";
import type { RegistrationId } from "@nimes/protocol/ids";
import { routes } from "@nimes/protocol/routes/routes";
import type { Signed } from "@nimes/protocol/schema";
import { DeviceLink } from "@nimes/protocol/signed/device-link";
import { manifestHash } from "@nimes/protocol/signed/hashes";
import { signingInput } from "@nimes/protocol/signed/signature";
import { peekSigned, signStructure } from "@nimes/protocol/signed/signed";
import type { TestDevice, TestLetter } from "@nimes/testing/organisation";
import {
  activateDevice,
  enrolOfficer,
  makeOrganisation,
  newSigner,
  publishManifest,
} from "@nimes/testing/organisation";
import type { Circle } from "@nimes/testing/server/circle";
import { connect, openCircle } from "@nimes/testing/server/circle";
import type { RawCalls } from "@nimes/testing/server/raw-calls";
import { must, rawCalls } from "@nimes/testing/server/raw-calls";
import type { RawDevice } from "@nimes/testing/server/raw-device";
import { rawDevice } from "@nimes/testing/server/raw-device";
import type { RegisteredPin } from "@nimes/testing/server/raw-pin";
import { registerPin } from "@nimes/testing/server/raw-pin";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

let circle: Circle;
let caller: RawCalls;
let anna: RawDevice;
beforeAll(async () => {
  circle = await openCircle();
  caller = rawCalls(circle.server.url);
  anna = await circle.join();
  const { pinRecord } = await registerPin(caller, await activateDevice(await letterOf()));
  unregistered = { registrationId: "0".repeat(64) as RegistrationId, pinRecord };
});
afterAll(() => circle.close());

type Name = "postManifest" | "postAttestation" | "postActivationLookup" | "postActivation";
const post = <N extends Name>(name: N, body: unknown) =>
  caller.call<(typeof routes)[N]>(routes[name], { body });
const publish = (letter: TestLetter) => post("postAttestation", letter.signedAttestation);
/** A record of no letter in particular, where the letter has none: it is refused for another reason. */
let unregistered: RegisteredPin;
const pins = new Map<TestDevice, RegisteredPin>();
async function use(device: TestDevice, genesis = device.genesis) {
  const pin = pins.get(device) ?? (await registerPin(caller, device).catch(() => unregistered));
  pins.set(device, pin);
  return post("postActivation", { genesis, ...pin });
}
async function letterOf(fields: Parameters<typeof enrolOfficer>[1] = {}): Promise<TestLetter> {
  const letter = await enrolOfficer(circle.organisation, fields);
  must(await publish(letter));
  return letter;
}
async function lookup(letter: TestLetter, changes: { nonce?: string; signed?: string } = {}) {
  const nonce = changes.nonce ?? (await caller.nonce());
  const signature = await letter.activation.sign(
    signingInput("ActivationProof", utf8(changes.signed ?? nonce)),
  );
  const activationKey = letter.activation.publicKey;
  return post("postActivationLookup", {
    activationKey,
    nonce,
    signature,
  });
}
/** The genesis with other contents, signed by the same keys. */
async function forgedGenesis(device: TestDevice, changes: Partial<DeviceLink>): Promise<Signed> {
  const link = peekSigned(DeviceLink, device.genesis);
  if (!link.ok) throw new Error(link.code);
  return signStructure("DeviceLink", { ...link.value, ...changes }, [
    device.letter.activation,
    device.device,
  ]);
}

describe("a letter", () => {
  test("is found by whoever proves its key, and by nobody else", async () => {
    const letter = await letterOf();
    expect(must(await lookup(letter))).toMatchObject({
      attestation: { payload: letter.signedAttestation.payload },
    });
    const other = await enrolOfficer(circle.organisation);
    const unknown = { status: 404, code: "activation-unknown" };
    // A letter that never was and a wrong signature look alike.
    expect(await lookup(other)).toEqual(unknown);
    expect(await lookup(letter, { signed: "another nonce" })).toEqual(unknown);
    expect(await lookup(letter, { nonce: "stale" })).toEqual({ status: 401, code: "nonce-required" });
  });

  test("is used once: the same genesis again succeeds, a second one is refused (D4, P6)", async () => {
    const letter = await letterOf();
    const device = await activateDevice(letter);
    const first = must(await use(device));
    expect(must(await use(device))).toEqual(first);
    expect(await use(await activateDevice(letter))).toEqual({ status: 409, code: "activation-used" });
    expect(await lookup(letter)).toEqual({ status: 409, code: "activation-used" });
    expect(must(await use(device))).toEqual(first);
  });

  test("that ten devices use at once is used by exactly one of them (D4)", async () => {
    const letter = await letterOf();
    const devices = await Promise.all(Array.from({ length: 10 }, () => activateDevice(letter)));
    const answers = await Promise.all(devices.map((device) => use(device)));
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    expect(answers.filter((answer) => "code" in answer && answer.code === "activation-used")).toHaveLength(9);
    const winner = devices[answers.findIndex(({ status }) => status === 200)];
    const page = must(await anna.call(routes.getDirectory, { query: { after: "0" } }));
    const entry = page.entries.find(({ userId }) => userId === letter.userId);
    expect(entry?.links.map(({ payload }) => payload)).toEqual([winner?.genesis.payload]);
  });

  test("that has expired is refused, and the same genesis of one used in time still succeeds", async () => {
    const expired = await letterOf({ activateUntil: Date.now() - 1 });
    expect(await lookup(expired)).toEqual({ status: 410, code: "activation-expired" });
    expect(await use(await activateDevice(expired))).toEqual({ status: 410, code: "activation-expired" });
    const inTime = await letterOf({ activateUntil: Date.now() + 400 });
    const device = await activateDevice(inTime);
    const first = must(await use(device));
    await expect.poll(() => Date.now() > inTime.attestation.activateUntil).toBe(true);
    expect(must(await use(device))).toEqual(first);
  });

  test("of another organisation, or of nobody, is unknown", async () => {
    const foreign = await enrolOfficer(await makeOrganisation());
    expect(await use(await activateDevice(foreign))).toEqual({ status: 404, code: "activation-unknown" });
    const twin = await enrolOfficer(circle.organisation, { userId: (await letterOf()).userId });
    expect(await use(await activateDevice(twin))).toEqual({ status: 404, code: "activation-unknown" });
  });
});

describe("a genesis", () => {
  test("that says something else than its letter is malformed", async () => {
    const letter = await letterOf();
    const device = await activateDevice(letter);
    const other = await newSigner();
    const wrong: Partial<DeviceLink>[] = [
      { orgId: "0".repeat(32) as DeviceLink["orgId"] },
      { generation: 2 },
      { sequence: 1 },
      { previous: new Uint8Array(32) },
      { unitId: "pi-anderswo" as DeviceLink["unitId"] },
      { time: 1 },
      { deviceId: "0".repeat(32) as DeviceLink["deviceId"] },
      { deviceClass: "private" },
    ];
    for (const changes of wrong)
      expect(await use(device, await forgedGenesis(device, changes)), Object.keys(changes)[0]).toMatchObject({
        status: 400,
        code: "malformed",
      });
    const notTheDevice = await forgedGenesis(device, { deviceKey: other.publicKey });
    expect((await use(device, notTheDevice)).status).toBeGreaterThanOrEqual(400);
    expect((await use(device)).status).toBe(200);
  });

  test("whose signatures are missing, swapped or of another structure is refused (D5, D7)", async () => {
    const device = await activateDevice(await letterOf());
    const { payload, signatures } = device.genesis;
    const [activation, own] = signatures;
    if (!activation || !own) throw new Error("a genesis has two signatures");
    const swapped = [
      { key: activation.key, signature: own.signature },
      { key: own.key, signature: activation.signature },
    ];
    const link = peekSigned(DeviceLink, device.genesis);
    const borrowed = await signStructure("RoomRoles", link.ok ? link.value : {}, [
      device.letter.activation,
      device.device,
    ]);
    expect(await use(device, { payload, signatures: [own] })).toMatchObject({
      code: "activation-unknown",
    });
    expect((await use(device, { payload, signatures: [activation] })).status).toBe(404);
    expect(await use(device, { payload, signatures: swapped })).toMatchObject({ code: "bad-signature" });
    expect(await use(device, { payload, signatures: borrowed.signatures })).toMatchObject({
      code: "bad-signature",
    });
    expect((await use(device)).status).toBe(200);
  });

  test("with a device key that is in use already does not become a second device", async () => {
    const first = await activateDevice(await letterOf());
    must(await use(first));
    const second = await activateDevice(await letterOf(), { device: first.device });
    expect(await use(second)).toEqual({ status: 400, code: "malformed", field: "/deviceKey" });
    expect((await use(first)).status).toBe(200);
  });
});

describe("an attestation", () => {
  test("by a desk of another unit, another organisation's desk, or with a broken signature is refused (D6)", async () => {
    const { organisation } = circle;
    const [celle, hannover] = organisation.units;
    if (!celle || !hannover) throw new Error("two stations are needed");
    const wrongDesk = await enrolOfficer(organisation, { unitId: celle.unitId, desk: hannover.desk });
    expect(await publish(wrongDesk)).toEqual({ status: 403, code: "wrong-signer" });
    expect(await publish(await enrolOfficer(organisation, { desk: organisation.root }))).toMatchObject({
      code: "wrong-signer",
    });
    expect(await publish(await enrolOfficer(await makeOrganisation()))).toMatchObject({
      code: "wrong-signer",
    });
    const { signedAttestation } = await enrolOfficer(organisation);
    const payload = Uint8Array.from(signedAttestation.payload);
    payload[payload.byteLength - 1] = (payload.at(-1) ?? 0) ^ 1;
    expect([400, 403]).toContain((await post("postAttestation", { ...signedAttestation, payload })).status);
  });

  test("again is no news; an older one of the same generation does not come back", async () => {
    const socket = await connect(circle.server, anna);
    const older = await letterOf();
    const { userId } = older;
    const { sequence } = must(await publish(older));
    const newer = await letterOf({ userId, validFrom: older.attestation.validFrom + 1 });
    const replay = await publish(older);
    expect(replay).toEqual({ status: 409, code: "outdated" });
    expect((await lookup(newer)).status).toBe(200);
    expect(await lookup(older)).toMatchObject({ code: "activation-unknown" });
    const { sequence: last } = must(await publish(newer));
    expect(last).toBeGreaterThan(sequence);
    await socket.take("directory-changed", (frame) => frame.sequence === last);
    must(await publish(newer));
    socket.send({ type: "ping" });
    await socket.take("pong");
    const { head } = must(await anna.call(routes.getDirectory, { query: { after: "0" } }));
    expect(head).toBe(last);
    await socket.close();
  });

  test("of a used letter stays; a higher generation, once used, ends the device, its token and its socket", async () => {
    const device = await circle.join();
    const { letter } = device.test;
    const { userId } = letter;
    const socket = await connect(circle.server, device);
    const twin = await enrolOfficer(circle.organisation, { userId, displayName: "somebody else" });
    expect(await publish(twin)).toEqual({ status: 409, code: "outdated" });
    const next = await letterOf({ userId, generation: 2, validFrom: letter.attestation.validFrom + 1 });
    expect(must(await device.call(routes.getDirectory, { query: { after: "0" } })).head).toBeGreaterThan(0);
    const successor = rawDevice(circle.server.calls, await activateDevice(next));
    await successor.enrol();
    expect((await socket.take("closing")).code).toBe("device-ended");
    expect(await device.call(routes.getDirectory, { query: { after: "0" } })).toEqual({
      status: 401,
      code: "device-ended",
    });
    await expect(device.open()).rejects.toThrow("device-ended");
    await successor.open();
    const page = must(await successor.call(routes.getDirectory, { query: { after: "0" } }));
    const entry = page.entries.find((one) => one.userId === userId);
    expect(entry?.links.map(({ payload }) => payload)).toEqual([successor.test.genesis.payload]);
    expect(entry?.former?.map(({ attestation }) => attestation.payload)).toEqual([
      letter.signedAttestation.payload,
    ]);
    expect(await publish(letter)).toEqual({ status: 409, code: "outdated" });
  });
});

describe("a manifest (D9)", () => {
  test("of another root, an older version, a fork or a gap is refused; the next version is taken", async () => {
    const { organisation } = circle;
    const [first] = organisation.manifests;
    if (!first) throw new Error("an organisation has a manifest");
    const foreign = await makeOrganisation();
    expect(await post("postManifest", foreign.manifests[0])).toEqual({ status: 403, code: "wrong-signer" });
    const selfMade = { ...organisation.manifest, version: 2, previous: manifestHash(first.payload) };
    const bySomebody = await signStructure("OrgManifest", selfMade, [await newSigner()]);
    expect(await post("postManifest", bySomebody)).toMatchObject({ code: "wrong-signer" });
    const fork = await signStructure("OrgManifest", { ...organisation.manifest, name: "other" }, [
      organisation.root,
    ]);
    expect(await post("postManifest", fork)).toEqual({ status: 409, code: "outdated" });
    const gap = await signStructure("OrgManifest", { ...selfMade, version: 3 }, [organisation.root]);
    expect(await post("postManifest", gap)).toEqual({ status: 409, code: "broken-chain" });
    const orphan = await signStructure("OrgManifest", { ...selfMade, previous: new Uint8Array(32) }, [
      organisation.root,
    ]);
    expect(await post("postManifest", orphan)).toEqual({ status: 409, code: "broken-chain" });
    const second = await publishManifest(organisation, { name: "Polizei, zweite Fassung" });
    expect((await post("postManifest", second)).status).toBe(200);
    // The same again is safe (P6).
    expect((await post("postManifest", second)).status).toBe(200);
    expect((await post("postManifest", first)).status).toBe(200);
    const { manifests } = must(await caller.call(routes.getOrganisation, {}));
    expect(manifests.map(({ payload }) => payload)).toEqual([first.payload, second.payload]);
  });

  test("that no longer names a desk ends what this desk may sign", async () => {
    const { organisation } = circle;
    const [, hannover] = organisation.units;
    if (!hannover) throw new Error("two stations are needed");
    const { unitId } = hannover;
    expect((await publish(await enrolOfficer(organisation, { unitId }))).status).toBe(200);
    const without = organisation.manifest.deskKeys.filter(({ units }) => !units.includes(unitId));
    must(await post("postManifest", await publishManifest(organisation, { deskKeys: without })));
    expect(await publish(await enrolOfficer(organisation, { unitId }))).toMatchObject({
      code: "wrong-signer",
    });
  });
});

test("the directory comes in pages that end at its head, every change once", async () => {
  const seen: string[] = [];
  let after = 0;
  for (;;) {
    const page = must(await anna.call(routes.getDirectory, { query: { after: String(after) } }));
    for (const { sequence, userId } of page.entries) {
      expect(sequence).toBeGreaterThan(after);
      after = sequence;
      seen.push(userId);
    }
    expect(page.head).toBeGreaterThanOrEqual(after);
    // The newest change may be a manifest's.
    if (page.entries.length === 0) break;
  }
  expect(new Set(seen).size).toBe(seen.length);
  expect(seen).toContain(anna.test.letter.userId);
});
