import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { packSource } from "./source-archive.ts";

test("the source holds what git has as it lies there, and nothing else: no key, letter or data beside it", () => {
  const checkout = mkdtempSync(join(tmpdir(), "nimes-source-"));
  const put = (name: string, text: string) => writeFileSync(join(checkout, name), text);
  try {
    const git = (...args: string[]) => execFileSync("git", args, { cwd: checkout, stdio: "ignore" });
    git("init");
    mkdirSync(join(checkout, "keys"));
    put(".gitignore", "keys/\n");
    put("keys/root.age", "secret");
    put("kept.ts", "old");
    put("gone.ts", "gone");
    git("add", ".");
    put("kept.ts", "as built");
    put("-new.ts", "new");
    git("add", "--", "-new.ts");
    put("key.pem", "secret");
    put("letter.html", "secret");
    rmSync(join(checkout, "gone.ts"));
    const file = join(checkout, "keys", "source.tar.gz");
    expect(packSource({ checkout, file })).toEqual(["key.pem", "letter.html"]);
    const tar = (...args: string[]) => execFileSync("tar", [...args, "-f", file], { encoding: "utf8" });
    expect(tar("-tz").trim().split("\n").sort()).toEqual(["-new.ts", ".gitignore", "kept.ts"].sort());
    expect(tar("-xzO", "kept.ts")).toBe("as built");
  } finally {
    rmSync(checkout, { recursive: true });
  }
});
