/** Agreement, policy and devices: from the command line to the real server and back. */
import { cpSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { routes } from "@nimes/protocol/routes/routes";
import { Policy } from "@nimes/protocol/signed/policy";
import { openSigned, peekSigned } from "@nimes/protocol/signed/signed";
import { UsageAgreement } from "@nimes/protocol/signed/usage-agreement";
import type { RunningServer } from "@nimes/server/server";
import { newSigner, signReceipt } from "@nimes/testing/organisation";
import { useLetter } from "@nimes/testing/server/printed-letter";
import type { RawCalls } from "@nimes/testing/server/raw-calls";
import { must, rawCalls } from "@nimes/testing/server/raw-calls";
import type { RawDevice } from "@nimes/testing/server/raw-device";
import { serverIn } from "@nimes/testing/server/server-in";
import { afterEach, beforeEach, expect, test } from "vitest";
import { verifyManifests } from "./sign/verify-manifests.ts";
import { exitCodes } from "./stop.ts";
import type { Workplace } from "./test/workplace.ts";
import { makeWorkplace } from "./test/workplace.ts";

let office: Workplace;
let world: { url: string; calls: RawCalls; server: RunningServer };
let rootHash: string;
beforeEach(async () => {
  office = makeWorkplace();
  rootHash =
    (await office.nimes(["init", "Polizei Beispiel", "--unit", "pi-celle=PI Celle"])).printed.split("=")[1] ??
    "";
  const server = await serverIn(office.folder, { rootHash });
  const url = `http://127.0.0.1:${server.port}`;
  world = { url, calls: rawCalls(url), server };
  expect((await office.nimes(["upload", "--server", world.url])).code).toBe(0);
});
afterEach(async () => {
  await world.server.close();
  office.remove();
});

const manifest = async () => {
  const { manifests } = must(await world.calls.call(routes.getOrganisation));
  const verified = await verifyManifests(Buffer.from(rootHash, "hex"), manifests);
  if (!verified.ok) throw new Error(verified.code);
  return verified.value;
};
const addAnna = async (): Promise<RawDevice> =>
  useLetter(
    world.calls,
    (await office.nimes(["user", "add", "PK'in Anna Behrens", "--unit", "pi-celle"])).printed,
  );

const samples = join(import.meta.dirname, "../../../docs/agreement");

test("an agreement is published from its Markdown, signed by the policy key, the English text found beside it", async () => {
  const run = await office.nimes(["agreement", "publish", join(samples, "agreement.de.md")]);
  expect(run.code).toBe(0);
  expect(run.notes).toMatch(
    /Sie unterschreiben mit dem Schlüssel „policy“:\n {2}„Nutzungsvereinbarung.*Fassung 1/,
  );
  const { agreement } = must(await world.calls.call(routes.getAgreement));
  if (!agreement) throw new Error("published above");
  const { policyKeys } = await manifest();
  const opened = await openSigned("UsageAgreement", UsageAgreement, agreement, policyKeys);
  expect(opened).toMatchObject({
    ok: true,
    value: { version: 1, en: { title: expect.stringMatching(/usage/i) } },
  });

  const again = await office.nimes(["agreement", "publish", join(samples, "agreement.de.md")]);
  expect(again).toMatchObject({ code: exitCodes.usage, notes: expect.stringContaining("schon Fassung 1") });
});

test("a later version counts from its day; the one before stays in force until then", async () => {
  const file = join(office.folder, "text.md");
  writeFileSync(file, "# Vereinbarung\n\n## Zweck\n\nDienst.\n");
  expect((await office.nimes(["agreement", "publish", "text.md"])).notes).toContain(
    "gilt für beide Sprachen",
  );
  writeFileSync(file, "# Vereinbarung\n\n## Zweck\n\nNur Dienst.\n");
  const later = await office.nimes(["agreement", "publish", "text.md", "--from", "2099-12-31"]);
  expect(later.notes).toContain("Sie gilt ab 31. Dezember 2099");
  const { agreement } = must(await world.calls.call(routes.getAgreement));
  expect(agreement && peekSigned(UsageAgreement, agreement)).toMatchObject({ value: { version: 1 } });
  writeFileSync(file, "# Vereinbarung\n\n## Zweck\n\nWirklich nur Dienst.\n");
  expect((await office.nimes(["agreement", "publish", "text.md"])).notes).toContain("Fassung 3");
  expect((await office.nimes(["agreement", "publish", "text.md", "--from", "2026-02-31"])).code).toBe(
    exitCodes.usage,
  );
  expect((await office.nimes(["agreement", "publish", "none.md"])).notes).toContain("none.md gibt es nicht");
});

test("a policy shows the difference in plain words before it is signed, and only that", async () => {
  expect((await office.nimes(["policy", "show"])).printed).toMatch(
    /Noch keine Richtlinie[\s\S]*Dienstgeräte · PIN mindestens \(pin\): 8 Zeichen/,
  );
  const run = await office.nimes([
    "policy",
    "set",
    "--service",
    "lock=2m",
    "--private",
    "offline=12h",
    "--private",
    "pictures=nein",
  ]);
  expect(run.code).toBe(0);
  expect(run.notes).toContain(
    [
      "Die Richtlinie, Fassung 1. Es ändert sich:",
      "  Dienstgeräte, Sperre ohne Eingabe (lock): 5 Minuten → 2 Minuten",
      "  Private Geräte, Öffnen ohne Netz (offline): nie → 12 Stunden",
      "  Private Geräte, Bilder erlaubt (pictures): ja → nein",
      "  Öffnen ohne Netz: Solange ein Gerät",
    ].join("\n"),
  );
  expect(run.notes).toContain("Fassung 1 der Richtlinie ist beim Server.");
  const { policy } = must(await world.calls.call(routes.getPolicy));
  if (!policy) throw new Error("set above");
  const opened = await openSigned("Policy", Policy, policy, (await manifest()).policyKeys);
  expect(opened).toMatchObject({
    value: { version: 1, service: { inactivityLockMs: 120_000 }, private: { picturesAllowed: false } },
  });

  expect((await office.nimes(["policy", "set", "--private-devices", "nein"])).notes).toContain(
    "sofort gesperrt",
  );
  expect((await office.nimes(["policy", "show"])).printed).toMatch(
    /Fassung 2[\s\S]*lock\): 2 Minuten[\s\S]*Private Geräte zugelassen: nein/,
  );
  expect(
    (await office.nimes(["policy", "set", "--private-devices", "no"], { language: "en" })).notes,
  ).toContain("holds already");
});

test("where devices open without network, showing and signing say what no order reaches then (P8)", async () => {
  const said = /weder Sperren noch Löschen.*mit zurückgestellter Uhr/;
  expect((await office.nimes(["policy", "set", "--service", "lock=2m"])).notes).not.toMatch(said);
  expect((await office.nimes(["policy", "show"])).printed).not.toMatch(said);
  expect((await office.nimes(["policy", "set", "--service", "offline=8h"])).notes).toMatch(said);
  expect((await office.nimes(["policy", "show"])).printed).toMatch(said);
  // Also when it was set before: whoever signs answers for it again.
  expect((await office.nimes(["policy", "set", "--service", "lock=3m"])).notes).toMatch(said);
});

test("a setting that does not exist or is out of range is refused before anything is signed", async () => {
  for (const [setting, said] of [
    ["lock=10s", /30 Sekunden bis 1 Tag/],
    ["offline=4d", /nie bis 3 Tage/],
    ["pin=4", /6 Zeichen bis 64 Zeichen/],
    ["pin=8m", /pin=8m geht nicht/],
    ["lock=5", /lock=5 geht nicht/],
    ["pictures=vielleicht", /weder ja noch nein/],
    ["toString=1s", /keine Einstellung/],
    ["lock", /keine Einstellung/],
  ] as const) {
    const run = await office.nimes(["policy", "set", "--service", setting]);
    expect([setting, run.code]).toEqual([setting, exitCodes.usage]);
    expect(run.notes).toMatch(said);
  }
  expect(must(await world.calls.call(routes.getPolicy)).policy).toBeNull();
});

test("a lock stands as not yet confirmed until the device's own receipt is there", async () => {
  const anna = await addAnna();
  const run = await office.nimes(["device", "lock", "behrens", "--reason", "Telefon verloren"]);
  expect(run.code).toBe(0);
  expect(run.notes).toMatch(
    /„revocation“:\n.*Anfrage nach den Geräten von PK'in Anna Behrens\.\n.*gesperrt.*\n.*Telefon verloren/,
  );
  expect((await office.nimes(["device", "show", "behrens"])).printed).toMatch(
    /Dienstgerät [0-9a-f]{8} seit .* · in Gebrauch · keine Vereinbarung angenommen\n {2}1\. Gesperrt am .*, Grund: Telefon verloren: noch nicht bestätigt$/,
  );
  const [order] = must(await anna.state()).orders;
  if (!order) throw new Error("ordered above");
  const place = { sequence: 1, kind: "lock" } as const;
  const { deviceId, device } = anna.test;
  const receipt = await signReceipt(anna.test, order, place);
  must(await world.calls.call(routes.postOrderReceipt, { body: { deviceId, receipt }, signer: device }));
  expect((await office.nimes(["device", "show", "behrens"])).printed).toMatch(
    /Telefon verloren: vom Gerät bestätigt am /,
  );

  expect((await office.nimes(["device", "unlock", "behrens"])).code).toBe(0);
  const shown = await office.nimes(["device", "show", "behrens"], { language: "en" });
  expect(shown.printed).toMatch(
    /1\. Locked on .*confirmed by the device on .*\n {2}2\. Unlocked on .*not yet confirmed$/,
  );
});

test("a wipe says what it does, and the device is shown as wiped; a new letter begins afresh", async () => {
  await addAnna();
  const run = await office.nimes(["device", "wipe", "behrens"]);
  expect(run.notes).toMatch(/unwiderruflich gelöscht[\s\S]*ist dort zerstört/);
  expect((await office.nimes(["device", "show", "behrens"])).printed).toMatch(
    / · gelöscht · [\s\S]*noch nicht bestätigt/,
  );
  expect((await office.nimes(["letter", "behrens"])).notes).toContain("--new-device");
  const letter = await office.nimes(["letter", "behrens", "--new-device"]);
  expect(letter.notes).toMatch(/Sobald der Brief benutzt ist, endet jedes bisherige Gerät/);
  const fresh = await useLetter(world.calls, letter.printed);
  expect(fresh.letter.attestation.generation).toBe(2);
  await fresh.open();
  expect((await office.nimes(["device", "lock", "behrens"])).notes.match(/Sperre für/g)).toHaveLength(1);
});

test("a person without a device, or without the key here, is said in one sentence", async () => {
  await office.nimes(["user", "add", "Ole Janssen", "--unit", "pi-celle"]);
  const none = await office.nimes(["device", "lock", "janssen"]);
  expect(none).toMatchObject({
    code: exitCodes.refused,
    notes: expect.stringContaining("Ole Janssen hat kein Gerät"),
  });
  const unknown = await office.nimes(["device", "show", "00000000-0000-4000-8000-000000000000"]);
  expect(unknown.code).toBe(exitCodes.refused);
  const desk = makeWorkplace();
  try {
    await desk.nimes(["join", rootHash, "--server", world.url]);
    const noKey = await desk.nimes(["device", "show", "00000000-0000-4000-8000-000000000000"]);
    expect(noKey.code).toBe(exitCodes.folder);
    // Whoever has the key but has attested nobody is told so.
    const anna = await addAnna();
    cpSync(join(office.folder, "nimes-organisation/keys"), join(desk.folder, "nimes-organisation/keys"), {
      recursive: true,
    });
    const shown = await desk.nimes(["device", "show", anna.letter.userId]);
    expect(shown.printed).toContain("in Gebrauch");
    expect(shown.notes).toContain("nicht auf diesem Rechner aufgenommen");
  } finally {
    desk.remove();
  }
});

test("a receipt by any other key confirms nothing (K4)", async () => {
  const { checkDevice } = await import("./commands/device-report.ts");
  const anna = await addAnna();
  await office.nimes(["device", "lock", "behrens"]);
  const [order] = must(await anna.state()).orders;
  if (!order) throw new Error("ordered above");
  const place = { sequence: 1, kind: "lock" } as const;
  const { genesis, deviceId } = anna.test;
  const reported = {
    deviceId,
    genesis,
    ended: false,
    destroyed: false,
    acceptedAgreement: 0,
    orders: [{ kind: "lock" as const, order }],
  };
  const officer = {
    userId: anna.letter.userId,
    manifest: await manifest(),
    known: [anna.letter.attestation],
  };
  const confirmedBy = async (receipt: Awaited<ReturnType<typeof signReceipt>>) =>
    (await checkDevice({ ...reported, receipts: [receipt] }, officer))?.orders[0]?.confirmedAt;
  const honest = await signReceipt(anna.test, order, place);
  expect(await confirmedBy(honest)).toBeTypeOf("number");
  const forged = await signReceipt(anna.test, order, { ...place, signer: await newSigner() });
  expect(await confirmedBy(forged)).toBeUndefined();
  expect(await confirmedBy(await signReceipt(anna.test, order, { ...place, sequence: 2 }))).toBeUndefined();
  expect(await confirmedBy(await signReceipt(anna.test, genesis, place))).toBeUndefined();
  // The server's own device, shown as the officer's.
  const other = { ...anna.letter.attestation, activationKey: (await newSigner()).publicKey };
  expect(await checkDevice({ ...reported, receipts: [] }, { ...officer, known: [other] })).toMatchObject({
    attested: false,
  });
  const stranger = { ...officer, userId: "00000000-0000-4000-8000-000000000000" as typeof officer.userId };
  expect(await checkDevice({ ...reported, receipts: [] }, stranger)).toBeUndefined();
});
