/**
 * A kind of content is three files and a line in each of three registries, and nothing else: a made-up one is planted in a
 * copy of the sources. Where a line is missing the compiler says so.
 */
import { execFileSync } from "node:child_process";
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";

const root = join(import.meta.dirname, "..");
const workspaces = {
  protocol: "packages/protocol",
  e2ee: "packages/e2ee",
  client: "packages/client",
  messenger: "apps/messenger",
};
let copy: string;

/** The sources, and modules among which ours are the copies. */
beforeAll(() => {
  copy = mkdtempSync(join(tmpdir(), "nimes-kinds-"));
  const modules = join(copy, "node_modules");
  mkdirSync(join(modules, "@nimes"), { recursive: true });
  for (const name of readdirSync(join(root, "node_modules")))
    if (name !== "@nimes") symlinkSync(join(root, "node_modules", name), join(modules, name));
  for (const [name, path] of Object.entries(workspaces)) {
    cpSync(join(root, path, "src"), join(copy, path, "src"), { recursive: true });
    cpSync(join(root, path, "package.json"), join(copy, path, "package.json"));
    symlinkSync(join(copy, path), join(modules, "@nimes", name));
  }
  const { compilerOptions } = JSON.parse(readFileSync(join(root, "tsconfig.json"), "utf8"));
  writeFileSync(
    join(copy, "tsconfig.json"),
    JSON.stringify({
      compilerOptions,
      include: [
        "packages/client/src/kinds/kinds.ts",
        "apps/messenger/src/kinds/looks.ts",
        "apps/messenger/src/**/*.d.ts",
      ],
    }),
  );
  write("packages/protocol/src/content/salute.ts", salute.shape);
  write("packages/client/src/kinds/salute.ts", salute.kind);
  write("apps/messenger/src/kinds/salute.tsx", salute.look);
});
afterAll(() => rmSync(copy, { recursive: true, force: true }));

const salute = {
  shape: `
import * as Type from "typebox";
import { Closed } from "../schema.ts";
export const SaluteBody = Closed({ kind: Type.Literal("salute"), times: Type.Integer({ minimum: 1, maximum: 3 }) });
export type SaluteBody = Type.Static<typeof SaluteBody>;
`,
  kind: `
import type { SaluteBody } from "@nimes/protocol/content/salute";
import { asRow, type RowKind } from "./kind.ts";
type Salute = { kind: "salute"; times: number };
export const salute: RowKind<SaluteBody, Salute, Salute> = {
  stands: "row",
  apply: asRow,
  show: ({ times }) => ({ kind: "salute", times }),
  preview: ({ times }) => ({ kind: "salute", times }),
};
`,
  look: `
import type { RowLook } from "./look.ts";
export const salute: RowLook<"salute"> = {
  Draw: ({ body, meta }) => <>{"o7 ".repeat(body.times)}{meta}</>,
  Preview: () => "o7",
  Announcement: () => "o7",
};
`,
};
const write = (path: string, text: string): void => writeFileSync(join(copy, path), text);

/** A registry gets its line, and the import for it. */
function register(path: string, { line, from }: { line: string; from: string }): void {
  const before = readFileSync(join(copy, path), "utf8");
  const name = line.split(": ").at(-1);
  const after = before
    .replace("  text,\n", `  text,\n  ${line},\n`)
    .replace("{ text, ", `{ text, ${line}, `)
    .replace("  text: TextBody,\n", `  text: TextBody,\n  ${line},\n`);
  if (after === before) throw new Error(`no registry in ${path}`);
  write(path, `import { ${name} } from "${from}";\n${after}`);
}

/** What the compiler says. */
function compile(): string {
  try {
    execFileSync(join(root, "node_modules/.bin/tsc"), ["-p", copy], { cwd: copy, stdio: "pipe" });
    return "";
  } catch (error) {
    return String((error as { stdout: Buffer }).stdout);
  }
}

test("a made-up kind is three files and three lines, and the compiler misses each line that is not there", () => {
  register("packages/protocol/src/content/kinds.ts", { line: "salute: SaluteBody", from: "./salute.ts" });
  const without = compile();
  expect(without).toMatch(/kinds\/kinds\.ts.*'salute' is missing/s);
  register("packages/client/src/kinds/kinds.ts", { line: "salute", from: "./salute.ts" });
  expect(compile()).toMatch(/kinds\/looks\.ts.*'salute' is missing/s);
  register("apps/messenger/src/kinds/looks.ts", { line: "salute", from: "./salute.tsx" });
  expect(compile()).toBe("");
  const run = `
    import { decodeBody } from "@nimes/protocol/content/content";
    import { encodeCbor } from "@nimes/protocol/cbor";
    import { effectsOf, isRow, previewOf, shownOf } from "@nimes/client/kinds/kinds";
    const { value } = decodeBody(encodeCbor({ kind: "salute", times: 2 }));
    console.log(JSON.stringify([effectsOf(value, {}), isRow(value), shownOf(value), previewOf(value)]));`;
  const said = execFileSync(process.execPath, ["--input-type=module", "-e", run], {
    cwd: join(copy, "packages/client"),
  });
  const shown = { kind: "salute", times: 2 };
  expect(JSON.parse(String(said))).toEqual([[{ effect: "row" }], true, shown, shown]);
});
