/**
 * The import directions (biome.json, `noRestrictedImports`) are only worth something if the checker sees
 * violations: each rule gets one planted in a copy of the layout, and must report exactly it.
 */
import { execFileSync } from "node:child_process";
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";

const root = join(import.meta.dirname, "..");
let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "nimes-directions-"));
  copyFileSync(join(root, "biome.json"), join(folder, "biome.json"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Messages that the checker gives for a file at `path` that imports `specifier`. */
function violations(path: string, specifier: string): string {
  const file = join(folder, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, `import { planted } from "${specifier}";\nplanted();\n`);
  try {
    const biome = join(root, "node_modules/.bin/biome");
    execFileSync(biome, ["lint", "--vcs-enabled=false", "--only=style/noRestrictedImports", path], {
      cwd: folder,
      stdio: "pipe",
    });
    return "";
  } catch (error) {
    return String((error as { stderr: Buffer }).stderr);
  } finally {
    rmSync(file);
  }
}

const planted: [rule: string, path: string, specifier: string, message: string][] = [
  ["protocol imports nothing of ours", "packages/protocol/src/a.ts", "@nimes/e2ee/e2ee", "nothing of ours"],
  ["protocol does no I/O", "packages/protocol/src/frames/a.ts", "node:fs", "no I/O of its own"],
  ["e2ee imports protocol only", "packages/e2ee/src/a.ts", "@nimes/client/nimes-client", "protocol only"],
  [
    "only e2ee imports core-crypto",
    "packages/client/src/a.ts",
    "@wireapp/core-crypto/browser",
    "Only packages/e2ee",
  ],
  [
    "client imports neither server nor apps",
    "packages/client/src/a.ts",
    "@nimes/server/server",
    "e2ee and packages",
  ],
  ["client/core is pure", "packages/client/src/core/a.ts", "../services/b.ts", "client/core is pure"],
  ["client/kinds is pure", "packages/client/src/kinds/a.ts", "../services/b.ts", "client/core is pure"],
  ["client runs in the browser", "packages/client/src/services/a.ts", "node:crypto", "no I/O of its own"],
  [
    "workspaces are imported by name",
    "apps/cli/src/a.ts",
    "../../server/src/server.ts",
    "imported by its name",
  ],
  ["the server knows no encryption", "apps/server/src/a.ts", "@nimes/e2ee/e2ee", "protocol only"],
  [
    "routes do not reach into stores",
    "apps/server/src/routes/a.ts",
    "../sqlite/b.ts",
    "Routes call services",
  ],
  [
    "services know no stores",
    "apps/server/src/services/a.ts",
    "better-sqlite3",
    "neither stores nor the web",
  ],
  ["services know no web", "apps/server/src/services/a.ts", "fastify", "neither stores nor the web"],
  [
    "stores know nothing above them",
    "apps/server/src/sqlite/a.ts",
    "../services/b.ts",
    "Stores implement ports",
  ],
  [
    "the messenger sees the client only",
    "apps/messenger/src/a.tsx",
    "@nimes/e2ee/e2ee",
    "client library and the",
  ],
  ["the command line signs by itself", "apps/cli/src/a.ts", "@nimes/server/server", "protocol only"],
  ["the pilot only starts the parts", "apps/pilot/src/a.ts", "@nimes/server/server", "does not reach into"],
  [
    "testing is for tests",
    "packages/client/src/services/a.ts",
    "@nimes/testing/organisation",
    "for tests only",
  ],
];

test.for(planted)("a planted violation is found: %s", ([, path, specifier, message]) => {
  expect(violations(path, specifier)).toContain(message);
});

test("an allowed import is not reported", () => {
  expect(violations("packages/e2ee/src/a.ts", "@nimes/protocol/ids")).toBe("");
  expect(violations("packages/client/src/services/a.test.ts", "@nimes/testing/organisation")).toBe("");
});
