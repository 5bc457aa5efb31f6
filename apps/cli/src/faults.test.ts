/** Disk full at every step of what is written, killed at every step: no half file, nothing lost, and it goes on. */
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { decodeCbor } from "@nimes/protocol/cbor";
import type { Signed as SignedStructure } from "@nimes/protocol/schema";
import { Signed } from "@nimes/protocol/schema";
import { peekSigned } from "@nimes/protocol/signed/signed";
import { UserAttestation } from "@nimes/protocol/signed/user-attestation";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { isPart } from "./folder/write-file.ts";
import { exitCodes } from "./stop.ts";
import type { Fault, Plan } from "./test/faulty-disk.ts";
import { Killed } from "./test/faulty-disk.ts";
import type { StubServer } from "./test/stub-server.ts";
import { startStubServer } from "./test/stub-server.ts";
import type { Run, Workplace } from "./test/workplace.ts";
import { makeWorkplace } from "./test/workplace.ts";

const plan = vi.hoisted((): Plan => ({ fault: "none", at: 0, steps: 0 }));
vi.mock("node:fs", async (original) => {
  const { faultyDisk } = await import("./test/faulty-disk.ts");
  return faultyDisk(await original(), plan);
});

let server: StubServer;
/** An organisation with a person, a release key and a built app, and what the server has of it. */
let prepared: Workplace;
let atServer: { manifests: SignedStructure[]; attestations: SignedStructure[] };
let rootHash: string;
beforeAll(async () => {
  server = await startStubServer();
  prepared = makeWorkplace();
  const made = await prepared.nimes([
    "init",
    "Polizei",
    "--unit",
    "pi-celle=PI Celle",
    "--server",
    server.address,
  ]);
  rootHash = made.printed.split("=").at(-1) ?? "";
  for (const args of [
    ["user", "add", "Anna Behrens", "--unit", "pi-celle"],
    ["release", "key"],
    ["release", "trust"],
  ])
    expect((await prepared.nimes(args)).code).toBe(0);
  writeFileSync(join(prepared.folder, "text.md"), "# Vereinbarung\n\n## Zweck\n\nDienst.\n");
  mkdirSync(join(prepared.folder, "app"));
  writeFileSync(join(prepared.folder, "app/index.html"), "<!doctype html>");
  atServer = { manifests: [...server.manifests], attestations: [...server.attestations] };
});
afterAll(async () => {
  prepared.remove();
  await server.close();
});

type Case = {
  name: string;
  args: () => string[];
  /** Goes on afterwards, and says whether all is there. */
  goOn: (office: Workplace, run: Run | undefined) => Promise<void>;
  /** Without the prepared organisation. */
  isNew?: boolean;
  prepare?: (office: Workplace) => void;
  /** When every step has been hit. */
  afterwards?: () => void;
};
const done = async (office: Workplace, args: string[]): Promise<Run> => {
  const run = await office.nimes(args);
  expect(run.code, `${args.join(" ")}: ${run.notes}`).toBe(0);
  return run;
};
/** The same again, unless it was done already: then it is said so. */
const again = async (office: Workplace, args: string[], said: string): Promise<void> => {
  const run = await office.nimes(args);
  if (run.code !== 0) expect(run.notes).toContain(said);
};

/** How often an interrupted `init` was gone on with. */
let finished = 0;
const cases: Case[] = [
  {
    name: "init",
    isNew: true,
    args: () => ["init", "Polizei", "--unit", "pi-celle=PI Celle", "--server", server.address],
    async goOn(office) {
      const isThere = (await office.nimes(["show"])).code === 0;
      if (isThere) await done(office, ["upload", "--server", server.address]);
      // Or there is nothing but what nobody reads, and the next `init` is the first.
      else expect(readdirSync(office.folder).filter((name) => !isPart(name))).toEqual([]);
    },
  },
  {
    name: "init on a medium",
    isNew: true,
    args: () => ["--folder", "medium", "init", "Polizei", "--unit", "pi-celle=PI Celle"],
    prepare: (office) => mkdirSync(join(office.folder, "medium/lost+found"), { recursive: true }),
    async goOn(office) {
      const named = (args: string[]) => ["--folder", "medium", ...args];
      if ((await office.nimes(named(["show"]))).code === 0) return;
      const left = readdirSync(join(office.folder, "medium")).filter((name) => !isPart(name));
      if (left.length === 1) return expect(left).toEqual(["lost+found"]);
      // Its keys belong to the organisation that was begun, and no other is finished in its place.
      const other = await office.nimes(named(["init", "Feuerwehr"]));
      expect(other).toMatchObject({ code: exitCodes.folder, printed: "" });
      expect(other.notes).toContain("„Polizei“ liegt hier halb fertig");
      const made = await done(office, named(["init", "Polizei", "--unit", "pi-celle=PI Celle"]));
      expect(made.printed).toMatch(/^NIMES_ORG_ROOT=[0-9a-f]{64}$/);
      expect(made.notes).toContain("war unterbrochen");
      const there = readdirSync(join(office.folder, "medium"));
      expect(there.sort()).toEqual(["keys", "lost+found", "manifests", "organisation.json"]);
      // The keys open with the passphrase of that time.
      await done(office, named(["unit", "add", "pi-gifhorn", "PI Gifhorn"]));
      finished += 1;
    },
    afterwards: () => expect(finished).toBeGreaterThan(1),
  },
  {
    name: "join",
    isNew: true,
    args: () => ["join", rootHash, "--server", server.address],
    async goOn(office) {
      await again(office, ["join", rootHash, "--server", server.address], "liegt schon eine Organisation");
      expect((await done(office, ["show"])).printed).toContain("Fassung: 2,");
    },
  },
  {
    name: "unit add",
    args: () => ["unit", "add", "pi-gifhorn", "PI Gifhorn"],
    async goOn(office) {
      await done(office, ["upload"]);
      await again(office, ["unit", "add", "pi-gifhorn", "PI Gifhorn"], "gibt es schon");
      expect((await done(office, ["show"])).printed).toContain("PI Gifhorn");
      expect(server.manifests).toHaveLength(3);
    },
  },
  {
    name: "desk add",
    args: () => ["desk", "add", "zwei", "--unit", "pi-celle"],
    async goOn(office) {
      await again(office, ["desk", "add", "zwei", "--unit", "pi-celle"], "steht schon in der Organisation");
      await done(office, ["user", "add", "Ole", "--unit", "pi-celle", "--desk", "zwei"]);
    },
  },
  {
    name: "desk add --public-key",
    args: () => ["desk", "add", "drei", "--unit", "pi-celle", "--public-key", "c3".repeat(32)],
    async goOn(office) {
      const args = ["desk", "add", "drei", "--unit", "pi-celle", "--public-key", "c3".repeat(32)];
      await again(office, args, "steht schon in der Organisation");
      await done(office, ["desk", "retire", "drei"]);
    },
  },
  {
    name: "agreement publish",
    args: () => ["agreement", "publish", "text.md"],
    async goOn(office) {
      await again(office, ["agreement", "publish", "text.md"], "nichts wurde unterschrieben");
      writeFileSync(join(office.folder, "text.md"), "# Vereinbarung\n\n## Zweck\n\nNur Dienst.\n");
      await done(office, ["agreement", "publish", "text.md"]);
    },
  },
  {
    name: "policy key",
    args: () => ["policy", "key"],
    async goOn(office) {
      await done(office, ["policy", "key"]);
      await done(office, ["policy", "trust"]);
    },
  },
  {
    name: "letter",
    args: () => ["letter", "behrens", "--page", "brief.html"],
    async goOn(office, run) {
      await done(office, ["upload"]);
      // A letter that somebody holds is at the server: what is not there can never be used.
      const payloads = new Set(
        server.attestations.map(({ payload }) => Buffer.from(payload).toString("hex")),
      );
      if (run && run.printed !== "") expect(payloads.size).toBe(2);
      for (const signed of server.attestations)
        expect(peekSigned(UserAttestation, signed)).toMatchObject({ value: { displayName: "Anna Behrens" } });
      await done(office, ["letter", "behrens"]);
      expect((await done(office, ["user", "list"])).printed).not.toContain("noch nicht beim Server");
    },
  },
  {
    name: "release sign",
    args: () => ["release", "sign", "app"],
    async goOn(office) {
      const run = await done(office, ["release", "sign", "app"]);
      expect(run.notes).toContain("aus genau 1 Datei ");
      expect(existsSync(join(office.folder, "app/organisation.cbor"))).toBe(true);
    },
  },
];

test.for(cases.flatMap((one) => (["killed", "full"] as const).map((fault) => ({ ...one, fault }))))(
  "$name, $fault at every step",
  async ({ isNew, prepare, args, goOn, afterwards, fault }) => {
    for (let at = 1; ; at += 1) {
      const office = makeWorkplace();
      try {
        if (!isNew) cpSync(prepared.folder, office.folder, { recursive: true });
        prepare?.(office);
        server.agreement = undefined;
        const known = isNew && args().includes("init") ? { manifests: [], attestations: [] } : atServer;
        server.manifests.splice(0, Number.POSITIVE_INFINITY, ...known.manifests);
        server.attestations.splice(0, Number.POSITIVE_INFINITY, ...known.attestations);
        const { run, wasHit } = await runWith({ fault, at }, () => office.nimes(args()));
        expectWholeFiles(office.folder);
        if (run && wasHit) expect([0, exitCodes.folder]).toContain(run.code);
        await goOn(office, run);
        expectWholeFiles(office.folder);
        if (!wasHit) return afterwards?.();
      } finally {
        office.remove();
      }
    }
  },
);

/** @returns no run where it was killed. */
async function runWith(
  { fault, at }: { fault: Fault; at: number },
  action: () => Promise<Run>,
): Promise<{ run: Run | undefined; wasHit: boolean }> {
  Object.assign(plan, { fault, at, steps: 0 });
  try {
    const run = await action();
    return { run, wasHit: plan.steps >= at };
  } catch (error) {
    if (!(error instanceof Killed)) throw error;
    return { run: undefined, wasHit: true };
  } finally {
    plan.fault = "none";
  }
}

/** Whatever has a name is what it should be. */
function expectWholeFiles(folder: string): void {
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    if (!entry.isFile() || /\.part(\/|$)/.test(path)) continue;
    const bytes = readFileSync(path);
    const text = bytes.toString("utf8");
    const isWhole = {
      cbor: () => decodeCbor(Signed, new Uint8Array(bytes)).ok,
      age: () => /^-----BEGIN AGE[\s\S]*\n-----END AGE ENCRYPTED FILE-----\s*$/.test(text),
      pub: () => /^[0-9a-f]{64}\n$/.test(text),
      json: () => typeof JSON.parse(text) === "object",
      md: () => text.endsWith("Dienst.\n"),
      html: () => /^<!doctype html>($|[\s\S]*<\/html>\s*$)/.test(text),
    }[entry.name.split(".").at(-1) ?? ""];
    expect([path, isWhole?.()]).toEqual([path, true]);
  }
}
