import { chmodSync, existsSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { activationSigner, parseActivationLetter } from "@nimes/protocol/activation-link";
import { decodeCbor, encodeCbor } from "@nimes/protocol/cbor";
import { limits } from "@nimes/protocol/limits";
import { Signed } from "@nimes/protocol/schema";
import { OrgManifest } from "@nimes/protocol/signed/org-manifest";
import { openSigned } from "@nimes/protocol/signed/signed";
import { UserAttestation } from "@nimes/protocol/signed/user-attestation";
import { afterEach, beforeEach, expect, test } from "vitest";
import { verifyManifests } from "./sign/verify-manifests.ts";
import { exitCodes } from "./stop.ts";
import type { StubServer } from "./test/stub-server.ts";
import { startStubServer } from "./test/stub-server.ts";
import type { Run, Workplace } from "./test/workplace.ts";
import { makeWorkplace, passphrase } from "./test/workplace.ts";

let server: StubServer;
let office: Workplace;

beforeEach(async () => {
  server = await startStubServer();
  office = makeWorkplace();
});
afterEach(async () => {
  office.remove();
  await server.close();
});

const initArgs = () => [
  "init",
  "Polizei Beispiel",
  "--unit",
  "pi-celle=PI Celle",
  "--server",
  server.address,
];
const addAnna = ["user", "add", "PK'in Anna Behrens", "--unit", "pi-celle", "--function", "Streifendienst"];
const rootHashIn = (run: Run) => /NIMES_ORG_ROOT=([0-9a-f]{64})/.exec(run.printed)?.[1] ?? "";
const codeIn = ({ printed }: Run): string => /(?:[0-9A-Z]{5}\s+){12}[0-9A-Z]{5}/.exec(printed)?.[0] ?? "";
const newestManifest = async (run: Run) => {
  const verified = await verifyManifests(Buffer.from(rootHashIn(run), "hex"), server.manifests);
  if (!verified.ok) throw new Error(verified.code);
  return verified.value;
};

test("init makes an organisation that verifies from the hash it prints, and the server gets nothing else", async () => {
  const run = await office.nimes(initArgs());
  expect(run.code).toBe(0);
  expect(run.printed).toMatch(/^NIMES_ORG_ROOT=[0-9a-f]{64}$/);
  const manifest = await newestManifest(run);
  expect(manifest).toMatchObject({
    version: 1,
    name: "Polizei Beispiel",
    units: [{ id: "pi-celle", name: "PI Celle" }],
    deskKeys: [{ units: ["pi-celle"] }],
  });
  expect(manifest.revocationKeys).toHaveLength(1);
  expect(manifest.policyKeys).toHaveLength(1);
  expect(server.manifests).toHaveLength(1);
});

test("private keys are encrypted, and files are readable by their owner only", async () => {
  await office.nimes(initArgs());
  const folder = join(office.folder, "nimes-organisation");
  const files = readdirSync(folder, { recursive: true, withFileTypes: true });
  expect(files.filter((file) => file.name.endsWith(".age"))).toHaveLength(4);
  for (const file of files) {
    const path = join(file.parentPath, file.name);
    expect(statSync(path).mode & 0o077, path).toBe(0);
    if (file.isFile()) expect(readFileSync(path, "utf8")).not.toMatch(/PRIVATE KEY/);
    if (file.name.endsWith(".age"))
      expect(readFileSync(path, "utf8")).toMatch(/^-----BEGIN AGE ENCRYPTED FILE/);
  }
});

test("before anything is signed, plain words say what", async () => {
  const made = await office.nimes(["init", "Polizei Beispiel", "--unit", "pi-celle=PI Celle"]);
  expect(made.notes).toMatch(
    /Sie unterschreiben mit dem Schlüssel „root“[\s\S]*„Polizei Beispiel“[\s\S]*„PI Celle“/,
  );
  const refused = await office.nimes(["unit", "add", "pi-gifhorn", "PI Gifhorn"], { typed: ["falsch"] });
  expect(refused.notes).toMatch(
    /Dienststelle „PI Gifhorn“ \(pi-gifhorn\)[\s\S]*Fassung 2[\s\S]*Passwortsatz/,
  );
  expect(refused.code).toBe(exitCodes.passphrase);
});

test("a new station is a new version, and the only desk may enrol people there", async () => {
  const run = await office.nimes(initArgs());
  expect((await office.nimes(["unit", "add", "pi-gifhorn", "PI Gifhorn"])).code).toBe(0);
  const manifest = await newestManifest(run);
  expect(manifest).toMatchObject({ version: 2, deskKeys: [{ units: ["pi-celle", "pi-gifhorn"] }] });
  expect((await office.nimes(["unit", "add", "pi-gifhorn", "Noch einmal"])).code).toBe(exitCodes.usage);
  expect(server.manifests).toHaveLength(2);
});

test("a desk's key is made on the desk's computer, and works there once the root has signed it", async () => {
  const run = await office.nimes(initArgs());
  const desk = makeWorkplace();
  try {
    expect((await desk.nimes(["join", rootHashIn(run), "--server", server.address])).code).toBe(0);
    const publicKey = (await desk.nimes(["desk", "key", "celle"])).printed;
    expect((await desk.nimes(addAnna)).code).toBe(exitCodes.refused);
    const added = await office.nimes([
      "desk",
      "add",
      "celle",
      "--unit",
      "pi-celle",
      "--public-key",
      publicKey,
    ]);
    expect(added.code).toBe(0);
    expect((await desk.nimes(["update"])).code).toBe(0);
    expect((await desk.nimes(addAnna)).code).toBe(0);
    const { deskKeys } = await newestManifest(run);
    expect(Buffer.from(deskKeys[1]?.key ?? []).toString("hex")).toBe(publicKey);
    expect(server.attestations[0]?.signatures[0]?.key).toEqual(deskKeys[1]?.key);
    expect(readdirSync(join(desk.folder, "nimes-organisation", "keys"))).toEqual([
      "desk-celle.age",
      "desk-celle.pub",
    ]);
  } finally {
    desk.remove();
  }
});

test("another organisation's root hash is refused when a desk joins", async () => {
  await office.nimes(initArgs());
  const desk = makeWorkplace();
  const joined = await desk.nimes(["join", "0".repeat(64), "--server", server.address]);
  expect(joined.code).toBe(exitCodes.refused);
  expect(readdirSync(desk.folder)).toEqual([]);
  desk.remove();
});

test("the letter proves what the attestation names, and its secret never reaches server or disk", async () => {
  const made = await office.nimes(initArgs());
  const now = Date.now();
  const run = await office.nimes(addAnna, { now });
  expect(run.code).toBe(0);
  const letter = parseActivationLetter(codeIn(run));
  if (!letter.ok) throw new Error("no code in the letter");
  const { secret, orgId } = letter.value;
  const manifest = await newestManifest(made);
  const signed = server.attestations[0];
  if (!signed) throw new Error("no attestation at the server");
  const desk = manifest.deskKeys.map(({ key }) => key);
  const opened = await openSigned("UserAttestation", UserAttestation, signed, desk);
  expect(opened).toMatchObject({
    ok: true,
    value: {
      orgId,
      displayName: "PK'in Anna Behrens",
      unitId: "pi-celle",
      function: "Streifendienst",
      generation: 1,
      deviceClass: "service",
      activationKey: (await activationSigner(secret)).publicKey,
      activateUntil: now + limits.activationLifetimeMs,
    },
  });
  expect(orgId).toBe(rootHashIn(made).slice(0, 32));
  const secretTexts = [Buffer.from(secret), Buffer.from(Buffer.from(secret).toString("base64url"))];
  const stored = readdirSync(office.folder, { recursive: true, withFileTypes: true })
    .filter((file) => file.isFile())
    .map((file) => readFileSync(join(file.parentPath, file.name)));
  for (const bytes of [...server.received, ...stored])
    for (const text of secretTexts) expect(bytes.includes(text)).toBe(false);
});

test("the letter shows code and address, a link only where it is asked for, with what that leaves behind", async () => {
  await office.nimes(initArgs());
  const usual = await office.nimes(addAnna);
  expect(usual.printed).toContain(`Im Browser öffnen: ${server.address}\n`);
  expect(usual.printed).not.toContain("#");
  const asked = await office.nimes(["letter", "behrens", "--link", "--page", "brief.html"]);
  const [link] = /https?:\S+#\S+/.exec(asked.printed) ?? [];
  expect(parseActivationLetter(link ?? "")).toEqual(parseActivationLetter(codeIn(asked)));
  expect(asked.printed).toContain(
    "lässt das Geheimnis des Briefs in Verlauf und Sitzungen des Browsers zurück",
  );
  expect(readFileSync(join(office.folder, "brief.html"), "utf8")).not.toContain("#a2");
});

test("a new letter has another secret for the same person", async () => {
  await office.nimes(initArgs());
  const first = await office.nimes(addAnna);
  const second = await office.nimes(["letter", "behrens"]);
  expect(second.code).toBe(0);
  expect(second.notes).toContain("Der vorige Brief gilt dann nicht mehr");
  const [a, b] = [parseActivationLetter(codeIn(first)), parseActivationLetter(codeIn(second))];
  if (!a.ok || !b.ok) throw new Error("no code in the letter");
  expect(b.value.orgId).toBe(a.value.orgId);
  expect(b.value.secret).not.toEqual(a.value.secret);
  expect(server.attestations).toHaveLength(2);
});

test("a refused letter is never printed, and not sent again later", async () => {
  await office.nimes(initArgs());
  await office.nimes(addAnna);
  server.refuseNext = { code: "activation-used", times: 1 };
  const run = await office.nimes(["letter", "behrens"]);
  expect(run).toMatchObject({ code: exitCodes.refused, printed: "" });
  expect(run.notes).toMatch(/Der Server hat abgelehnt: Dieser Brief wurde schon benutzt/);
  expect((await office.nimes(["upload"])).notes).toMatch(
    /^Noch einmal gesendet, falls es dem Server fehlt: 1 Bescheinigung\.$/,
  );
  expect((await office.nimes(["show"])).printed).not.toContain("Noch nicht beim Server");
});

test("when the server asks to wait, the same is sent again (P6)", async () => {
  await office.nimes(initArgs());
  server.refuseNext = { code: "too-many", times: 1 };
  expect((await office.nimes(addAnna)).code).toBe(0);
  expect(server.attestations).toHaveLength(1);
});

test("without the server the letter is printed, and upload sends the attestation later", async () => {
  await office.nimes(initArgs());
  const { address } = server;
  await server.close();
  const run = await office.nimes(addAnna);
  expect(run.code).toBe(0);
  expect(run.notes).toContain(`Der Server ${address} ist nicht erreichbar.`);
  expect(codeIn(run)).not.toBe("");
  expect((await office.nimes(["user", "list"])).printed).toContain("noch nicht beim Server");
  expect((await office.nimes(["upload"])).code).toBe(exitCodes.unreachable);
  server = await startStubServer();
  expect((await office.nimes(["upload", "--server", server.address])).code).toBe(0);
  expect([server.manifests.length, server.attestations.length]).toEqual([1, 1]);
  expect((await office.nimes(["user", "list"])).printed).not.toContain("noch nicht beim Server");
});

test("a server with another history gets nothing", async () => {
  await office.nimes(initArgs());
  const foreign = makeWorkplace();
  const other = await startStubServer();
  await foreign.nimes(["init", "Andere", "--server", other.address]);
  const run = await office.nimes(["upload", "--server", other.address]);
  expect(run.code).toBe(exitCodes.refused);
  expect(other.manifests).toHaveLength(1);
  foreign.remove();
  await other.close();
});

test("the printable page is self-contained, escaped, and readable by its owner only", async () => {
  await office.nimes(initArgs());
  const name = "Anna <script>alert(1)</script> & Söhne";
  const run = await office.nimes(["user", "add", name, "--unit", "pi-celle", "--page", "brief.html"]);
  expect(run.code).toBe(0);
  const path = join(office.folder, "brief.html");
  const page = readFileSync(path, "utf8");
  expect(statSync(path).mode & 0o077).toBe(0);
  expect(page).not.toContain("<script");
  expect(page).toContain("Anna &lt;script&gt;");
  expect(page).not.toMatch(/(src|href)=|url\(|@import/);
  const code = [...page.matchAll(/<li>([0-9A-Z]{5})<\/li>/g)].map(([, group]) => group).join(" ");
  expect(parseActivationLetter(code)).toEqual(parseActivationLetter(codeIn(run)));
  expect((await office.nimes([...addAnna, "--page", "brief.html"])).code).toBe(exitCodes.folder);
});

test.for([
  ["a short passphrase", ["kurz"], "mindestens 12 Zeichen"],
  ["two different answers", [passphrase, `${passphrase}!`], "verschieden"],
] as const)("init with %s makes nothing", async ([, typed, sentence]) => {
  const run = await office.nimes(initArgs(), { typed: [...typed] });
  expect(run.code).toBe(exitCodes.passphrase);
  expect(run.notes).toContain(sentence);
  expect(existsSync(join(office.folder, "nimes-organisation"))).toBe(false);
  expect(server.manifests).toHaveLength(0);
});

test("a wrong passphrase signs nothing and is one sentence", async () => {
  await office.nimes(initArgs());
  for (const args of [["unit", "add", "x", "X"], addAnna, ["desk", "add", "1b", "--unit", "pi-celle"]]) {
    const run = await office.nimes(args, {
      typed: ["falscher Passwortsatz", "falscher Passwortsatz", "falsch"],
    });
    expect(run.code).toBe(exitCodes.passphrase);
    expect(run.notes.split("\n").at(-1)).toMatch(/^Der Passwortsatz für „(root|desk-1)“ ist falsch\.$/);
  }
  expect([server.manifests.length, server.attestations.length]).toEqual([1, 0]);
});

test.for([
  ["organisation.json", "kein JSON"],
  ["organisation.json", '{"rootHash":"00"}'],
  ["manifests/0001.cbor", "kein CBOR"],
  ["keys/root.age", "-----BEGIN AGE ENCRYPTED FILE-----\nAAAA\n-----END AGE ENCRYPTED FILE-----\n"],
] as const)("a damaged %s is one sentence", async ([file, content]) => {
  await office.nimes(initArgs());
  writeFileSync(join(office.folder, "nimes-organisation", file), content);
  const run = await office.nimes(["unit", "add", "x", "X"]);
  expect(run.code).toBe(exitCodes.folder);
  expect(run.notes.split("\n").at(-1)).toMatch(/beschädigt/);
});

test("a manifest that the root has not signed is noticed on disk", async () => {
  await office.nimes(initArgs());
  const path = join(office.folder, "nimes-organisation", "manifests", "0001.cbor");
  const signed = decodeCbor(Signed, readFileSync(path));
  const manifest = signed.ok ? decodeCbor(OrgManifest, signed.value.payload) : signed;
  if (!signed.ok || !manifest.ok) throw new Error("no manifest");
  const payload = encodeCbor({ ...manifest.value, name: "Fälschung" });
  writeFileSync(path, encodeCbor({ ...signed.value, payload }));
  expect((await office.nimes(["show"])).code).toBe(exitCodes.folder);
});

test("an organisation is never overwritten", async () => {
  const first = await office.nimes(initArgs());
  const again = await office.nimes(["init", "Noch eine"]);
  expect(again.code).toBe(exitCodes.folder);
  expect((await office.nimes(["show"])).printed).toContain(rootHashIn(first));
});

test("a folder that cannot be written is one sentence", async () => {
  writeFileSync(join(office.folder, "file"), "");
  const run = await office.nimes(["--folder", "file/inside", "init", "Polizei"]);
  expect(run.code).toBe(exitCodes.folder);
  expect(run.notes.split("\n").at(-1)).toMatch(/lässt sich nicht schreiben/);
  chmodSync(office.folder, 0o700);
});

test.for([
  [["show"], exitCodes.folder, /nimes init/],
  [["init"], exitCodes.usage, /<Name>/],
  [["init", " "], exitCodes.usage, /kein Name/],
  [["init", "x", "--unit", "PI Celle"], exitCodes.usage, /kennung=Name/],
  [["init", "x", "--unit", "PI=Celle"], exitCodes.usage, /Kleinbuchstaben/],
  [["init", "x", "--server", "nimes.example.de"], exitCodes.usage, /keine Adresse/],
  [["init", "x", "--server", "ftp://example.de"], exitCodes.usage, /keine Adresse/],
  [["join", "kurz", "--server", "http://localhost:1"], exitCodes.usage, /64 Zeichen/],
  [["nonsense"], exitCodes.usage, /nonsense/],
] as const)("%j ends with a sentence and an exit code", async ([args, code, sentence]) => {
  const run = await office.nimes([...args]);
  expect(run.code).toBe(code);
  expect(run.notes).toMatch(sentence);
});

test("people are found by id, name or part of it, never by guessing", async () => {
  await office.nimes(initArgs());
  await office.nimes(addAnna);
  await office.nimes(["user", "add", "POK Jonas Behrens", "--unit", "pi-celle"]);
  expect((await office.nimes(["letter", "Behrens"])).code).toBe(exitCodes.usage);
  expect((await office.nimes(["letter", "Niemand"])).code).toBe(exitCodes.usage);
  expect((await office.nimes(["letter", "jonas"])).code).toBe(0);
  const list = (await office.nimes(["user", "list"])).printed.split("\n");
  expect(list).toHaveLength(2);
  expect((await office.nimes(["letter", list[0]?.split(" · ").at(-1) ?? ""])).code).toBe(0);
});

test("English where the environment says so", async () => {
  const run = await office.nimes(["show"], { language: "en" });
  expect(run.notes).toContain("There is no organisation in");
});
