import { closeSync, mkdtempSync, openSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { textsIn } from "../texts/texts.ts";
import { newPassphrase, passphraseFor } from "./passphrase.ts";
import type { Terminal } from "./terminal.ts";

test("a command that asks twice gets the passphrase of a descriptor twice, though it can be read once", async () => {
  const folder = mkdtempSync(join(tmpdir(), "nimes-passphrase-"));
  writeFileSync(join(folder, "passphrase"), "zwölf Zeichen und mehr\n");
  const descriptor = openSync(join(folder, "passphrase"), "r");
  const terminal = {
    env: { NIMES_PASSPHRASE_FD: `${descriptor}` },
    texts: textsIn("de"),
  } as Partial<Terminal>;
  for (const ask of [passphraseFor, passphraseFor, newPassphrase])
    expect(await ask(terminal as Terminal, "root")).toBe("zwölf Zeichen und mehr");
  closeSync(descriptor);
  rmSync(folder, { recursive: true });
});
