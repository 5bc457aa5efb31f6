/** Keys of policy and orders that are replaced, against the server itself: what is signed here, and what holds afterwards. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { limits } from "@nimes/protocol/limits";
import { routes } from "@nimes/protocol/routes/routes";
import { OrgManifest } from "@nimes/protocol/signed/org-manifest";
import { defaultPolicy, Policy } from "@nimes/protocol/signed/policy";
import { openSigned, peekSigned, signStructure } from "@nimes/protocol/signed/signed";
import { UsageAgreement } from "@nimes/protocol/signed/usage-agreement";
import type { RunningServer } from "@nimes/server/server";
import { useLetter } from "@nimes/testing/server/printed-letter";
import type { RawCalls } from "@nimes/testing/server/raw-calls";
import { must, rawCalls } from "@nimes/testing/server/raw-calls";
import { serverIn } from "@nimes/testing/server/server-in";
import { afterEach, beforeEach, expect, test } from "vitest";
import { openKeyFile } from "./keys/key-file.ts";
import { exitCodes } from "./stop.ts";
import type { Run, Workplace } from "./test/workplace.ts";
import { makeWorkplace, passphrase } from "./test/workplace.ts";

let office: Workplace;
let server: RunningServer;
let calls: RawCalls;
let rootHash: string;
const address = (): string => `http://127.0.0.1:${server.port}`;
beforeEach(async () => {
  office = makeWorkplace();
  const made = await office.nimes(["init", "Polizei Beispiel", "--unit", "pi-celle=PI Celle"]);
  rootHash = made.printed.split("=").at(-1) ?? "";
  server = await serverIn(office.folder, { rootHash });
  calls = rawCalls(address());
  await run(["upload", "--server", address()]);
  writeFileSync(join(office.folder, "text.md"), "# Vereinbarung\n\n## Zweck\n\nDienst.\n");
});
afterEach(async () => {
  await server.close();
  office.remove();
});

const run = async (args: string[], place = office): Promise<Run> => {
  const done = await place.nimes(args);
  expect(done.code, done.notes).toBe(0);
  return done;
};
const bytes = (hex: string): Uint8Array => Uint8Array.from(Buffer.from(hex, "hex"));
const manifest = async (): Promise<OrgManifest> => {
  const { manifests } = must(await calls.call(routes.getOrganisation));
  const newest = manifests.at(-1);
  const peeked = newest && peekSigned(OrgManifest, newest);
  if (!peeked?.ok) throw new Error("no manifest");
  return peeked.value;
};
const inForce = async () => ({
  policy: must(await calls.call(routes.getPolicy)).policy,
  agreement: must(await calls.call(routes.getAgreement)).agreement,
});
/** The key that `init` made, as a thief has it. */
const stolen = (name: string) =>
  openKeyFile(
    { texts: undefined } as unknown as Parameters<typeof openKeyFile>[0],
    { folder: join(office.folder, "nimes-organisation"), name },
    passphrase,
  );

test("the policy key is replaced: the next one is named, signs anew what holds, and the old one is struck out", async () => {
  await run(["policy", "set", "--service", "lock=2m"]);
  await run(["agreement", "publish", "text.md"]);
  const [before] = (await manifest()).policyKeys;
  if (!before) throw new Error("init makes one");
  const oldKey = Buffer.from(before).toString("hex");
  expect(await office.nimes(["policy", "distrust", "policy"])).toMatchObject({
    code: exitCodes.usage,
    notes: expect.stringContaining("einzige Schlüssel"),
  });

  const newKey = (await run(["policy", "key"])).printed;
  expect(newKey).toMatch(/^[0-9a-f]{64}$/);
  const trusted = await run(["policy", "trust"]);
  expect(trusted.notes).toMatch(
    /Schlüssel „root“:\n {2}Wer den Schlüssel [0-9a-f]{16}… hat, bestimmt Richtlinie und Nutzungsvereinbarung\.\n {2}Das wird Fassung 2/,
  );
  expect((await manifest()).policyKeys).toEqual([before, bytes(newKey)]);
  expect((await office.nimes(["policy", "trust"])).notes).toContain("gilt schon");

  const warned = await office.nimes(["policy", "distrust", oldKey], { typed: [] });
  expect(warned.printed).toMatch(/Fassung 1 der Richtlinie.*\nFassung 1 der Nutzungsvereinbarung/);
  expect(warned.notes).toContain("noch einmal unterschreiben");
  expect((await manifest()).policyKeys).toHaveLength(2);

  const again = await run(["policy", "set"]);
  expect(again.notes).toMatch(/„policy-2“:\n.*Fassung 2.*\n {2}Dieselben Einstellungen/);
  expect((await office.nimes(["policy", "set"])).notes).toContain("gilt schon");
  expect((await run(["agreement", "publish", "text.md"])).notes).toMatch(/„policy-2“:\n.*Fassung 2/);
  expect((await office.nimes(["agreement", "publish", "text.md"])).notes).toContain("schon Fassung 2");

  const struckOut = await run(["policy", "distrust", oldKey]);
  expect(struckOut.printed).toBe("");
  expect(struckOut.notes).toMatch(/ein anderer Schlüssel[\s\S]*Keine Richtlinie und keine Vereinbarung/);
  expect((await manifest()).policyKeys).toEqual([bytes(newKey)]);
  const { policy, agreement } = await inForce();
  if (!policy || !agreement) throw new Error("signed again above");
  expect(await openSigned("Policy", Policy, policy, [bytes(newKey)])).toMatchObject({
    value: { version: 2, service: { inactivityLockMs: 120_000 } },
  });
  expect(await openSigned("UsageAgreement", UsageAgreement, agreement, [bytes(newKey)])).toMatchObject({
    value: { version: 2 },
  });
});

test("a stolen policy key, whatever numbers it used, is struck out first, and the next one begins again", async () => {
  const { orgId } = await manifest();
  const thief = await stolen("policy");
  const loose = { ...defaultPolicy, orgId, version: limits.maxNumberStep, time: Date.now() };
  must(await calls.call(routes.postPolicy, { body: await signStructure("Policy", loose, [thief]) }));
  await run(["policy", "key"]);
  await run(["policy", "trust"]);
  await run(["policy", "distrust", "policy"]);
  expect(await inForce()).toEqual({ policy: null, agreement: null });
  expect((await run(["policy", "set", "--service", "lock=2m"])).notes).toContain("Fassung 1");
  expect((await run(["agreement", "publish", "text.md"])).notes).toContain("Fassung 1");
  expect((await office.nimes(["policy", "distrust", "policy"])).notes).toContain("kein Schlüssel");
});

test("the revocation key is replaced on another computer: its orders count, and those of the old one do not (K4)", async () => {
  const anna = await useLetter(calls, (await run(["user", "add", "Anna", "--unit", "pi-celle"])).printed);
  const place = makeWorkplace();
  try {
    await run(["join", rootHash, "--server", address()], place);
    const key = (await run(["revocation", "key"], place)).printed;
    const order = (...kind: string[]) => place.nimes(["device", ...kind, anna.letter.userId]);
    const early = await order("lock");
    expect(early.code).toBe(exitCodes.refused);
    expect(early.notes).toContain("erst „nimes revocation key“ hier");

    await run(["device", "lock", "Anna"]);
    const trusted = await run(["revocation", "trust", "--public-key", key]);
    expect(trusted.notes).toContain("sperrt, entsperrt und löscht Geräte");
    await run(["update"], place);
    const struckOut = await run(["revocation", "distrust", "revocation"]);
    expect(struckOut.notes).toMatch(/wieder öffnen[\s\S]*Keine Anordnung gilt/);
    await anna.open();
    expect((await office.nimes(["device", "lock", "Anna"])).code).toBe(exitCodes.refused);

    await run(["update"], place);
    expect((await order("lock")).code).toBe(0);
    await expect(anna.open()).rejects.toThrow("device-locked");
    const shown = await order("show");
    expect(shown.printed).toMatch(/\n {2}1\. Gesperrt am [^\n]*$/);
    expect((await run(["show"])).printed).toMatch(
      new RegExp(`Sperren und Löschen: ${key} \\(Schlüssel nicht hier\\)`),
    );
  } finally {
    place.remove();
  }
});

test("the keys of policy and orders are told apart, in English, too", async () => {
  const missing = makeWorkplace();
  try {
    await run(["join", rootHash, "--server", address()], missing);
    const said = await missing.nimes(["revocation", "trust"], { language: "en" });
    expect(said).toMatchObject({
      code: exitCodes.usage,
      notes: expect.stringContaining("nimes revocation key"),
    });
  } finally {
    missing.remove();
  }
  const key = (await run(["revocation", "key"])).printed;
  await run(["revocation", "trust"]);
  expect((await office.nimes(["policy", "distrust", key], { language: "en" })).notes).toContain(
    "no key that counts for that",
  );
  expect((await manifest()).policyKeys).toHaveLength(1);
  expect((await manifest()).revocationKeys).toHaveLength(2);
});
