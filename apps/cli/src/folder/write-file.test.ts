import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Stop } from "../stop.ts";
import type { Terminal } from "../terminal/terminal.ts";
import { german } from "../texts/german.ts";
import { isPart, moveTo, replaceFile, writeNewFile } from "./write-file.ts";

/** What was done on the disk, in order; `linkCode`: what making a link fails with. */
const disk = vi.hoisted(() => ({ done: [] as string[], linkCode: "", opened: new Map<number, string>() }));
vi.mock("node:fs", async (original) => {
  const fs = await original<typeof import("node:fs")>();
  const name = (path: unknown): string =>
    String(path)
      .replace(/^.*\/(?=.)/, "")
      .replace(/\.[0-9a-f]{8}\./, ".");
  const openSync: typeof fs.openSync = (path, flags, mode) => {
    const file = fs.openSync(path, flags, mode);
    disk.opened.set(file, name(path));
    return file;
  };
  const fsyncSync: typeof fs.fsyncSync = (file) => {
    disk.done.push(`sync ${disk.opened.get(file)}`);
    fs.fsyncSync(file);
  };
  const linkSync: typeof fs.linkSync = (from, to) => {
    if (disk.linkCode) throw Object.assign(new Error(), { code: disk.linkCode });
    disk.done.push(`link ${name(to)}`);
    fs.linkSync(from, to);
  };
  const renameSync: typeof fs.renameSync = (from, to) => {
    disk.done.push(`rename ${name(from)} ${name(to)}`);
    fs.renameSync(from, to);
  };
  return { ...fs, openSync, fsyncSync, linkSync, renameSync };
});

const terminal = { texts: german } as Terminal;
let folder: string;
const at = (...names: string[]): string => join(folder, ...names);
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "nimes-write-"));
  mkdirSync(at("keys"));
  Object.assign(disk, { done: [], linkCode: "" });
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

test("a new file has its name when the disk has what is in it, and the folder is told last", () => {
  writeNewFile(terminal, at("keys/a.age"), "secret");
  expect(disk.done).toEqual(["sync a.age.part", "link a.age", "sync keys"]);
  expect(readdirSync(at("keys"))).toEqual(["a.age"]);
  expect(statSync(at("keys/a.age")).mode & 0o777).toBe(0o600);
});

test("so has one that replaces another, with the mode that was asked for", () => {
  for (const text of ["one", "two"]) replaceFile(terminal, at("keys/a.json"), text, { mode: 0o644 });
  expect(disk.done.slice(3)).toEqual(["sync a.json.part", "rename a.json.part a.json", "sync keys"]);
  expect([readFileSync(at("keys/a.json"), "utf8"), statSync(at("keys/a.json")).mode & 0o777]).toEqual([
    "two",
    0o644,
  ]);
});

test("folders that are missing are made, and each one above is told", () => {
  writeNewFile(terminal, at("one/two/a.cbor"), "x");
  expect(disk.done.map((step) => step.replace(/ nimes-write-.*/, " above"))).toEqual([
    "sync one",
    "sync above",
    "sync a.cbor.part",
    "link a.cbor",
    "sync two",
  ]);
});

test("a file that is there already stays, and the same once more is no fault", () => {
  writeNewFile(terminal, at("keys/a.pub"), "one");
  writeNewFile(terminal, at("keys/a.pub"), "one");
  expect(() => writeNewFile(terminal, at("keys/a.pub"), "two")).toThrow(/gibt es schon/);
  expect(readFileSync(at("keys/a.pub"), "utf8")).toBe("one");
  expect(readdirSync(at("keys"))).toEqual(["a.pub"]);
});

test("on a memory stick without links a name is taken otherwise, and still never a used one", () => {
  disk.linkCode = "EPERM";
  writeNewFile(terminal, at("keys/a.pub"), "one");
  expect(readFileSync(at("keys/a.pub"), "utf8")).toBe("one");
  expect(() => writeNewFile(terminal, at("keys/a.pub"), "two")).toThrow(Stop);
  disk.linkCode = "EIO";
  expect(() => writeNewFile(terminal, at("keys/b.pub"), "two")).toThrow(/EIO/);
  expect(readdirSync(at("keys"))).toEqual(["a.pub"]);
});

test("both folders are told of a file that moves", () => {
  writeNewFile(terminal, at("unsent/a.cbor"), "x");
  disk.done.length = 0;
  moveTo(terminal, at("unsent/a.cbor"), at("keys/a.cbor"));
  expect(disk.done).toEqual(["rename a.cbor a.cbor", "sync keys", "sync unsent"]);
});

test("what a killed program leaves behind is told from a file", () => {
  expect(["/release.cbor.0a1b2c3d.part", "a.part", "part", "a.0a1b2c3d.part.js"].map(isPart)).toEqual([
    true,
    false,
    false,
    false,
  ]);
});
