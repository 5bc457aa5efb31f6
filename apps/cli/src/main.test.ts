import { spawnSync } from "node:child_process";
import { closeSync, mkdtempSync, openSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { exitCodes } from "./stop.ts";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "nimes-main-"));
  writeFileSync(join(folder, "passphrase"), "korrektes Pferd Batterie\n");
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Runs the program itself. @param passphraseFile opened as descriptor 3. */
function nimes(args: string[], passphraseFile?: string) {
  const descriptor = passphraseFile === undefined ? undefined : openSync(join(folder, passphraseFile), "r");
  const { NIMES_PASSPHRASE: _passphrase, ...env } = process.env;
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [join(import.meta.dirname, "main.ts"), ...args],
    {
      cwd: folder,
      env: {
        ...env,
        INIT_CWD: folder,
        NIMES_LANG: "de",
        ...(descriptor ? { NIMES_PASSPHRASE_FD: "3" } : {}),
      },
      stdio: ["ignore", "pipe", "pipe", descriptor ?? "ignore"],
      encoding: "utf8",
    },
  );
  if (descriptor !== undefined) closeSync(descriptor);
  return { status, stdout, stderr };
}

test("a passphrase comes through a file descriptor, and the result alone stands on standard output", () => {
  const made = nimes(["init", "Polizei Beispiel"], "passphrase");
  expect(made.stderr).toContain("Polizei Beispiel");
  expect(made.stdout).toMatch(/^NIMES_ORG_ROOT=[0-9a-f]{64}\n$/);
  expect(made.status).toBe(0);
});

test("where nobody can be asked, it is said how to give the passphrase", () => {
  const run = nimes(["unit", "add", "pi-celle", "PI Celle"]);
  expect(run.status).toBe(exitCodes.passphrase);
  expect(run.stderr).toMatch(/NIMES_PASSPHRASE_FD setzen\.\n$/);
});

test("help and version are no errors", () => {
  expect(nimes(["--help"])).toMatchObject({ status: 0, stderr: "" });
  expect(nimes(["letter", "--help"]).stdout).toMatch(/^Aufruf: nimes letter[\s\S]*^Optionen:$/m);
  expect(nimes(["--version"])).toMatchObject({ status: 0, stdout: "0.1.0\n" });
});
