import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { openDataFolder } from "./data-folder.ts";
import { pilotTexts } from "./texts.ts";

let parent: string;
let folder: string;
let said: string[];
beforeEach(() => {
  parent = mkdtempSync(join(tmpdir(), "nimes-pilot-"));
  folder = join(parent, "data");
  said = [];
});
afterEach(() => rmSync(parent, { recursive: true, force: true }));
const open = () => openDataFolder(pilotTexts("de"), folder, (sentence) => said.push(sentence));
const keep = (text: string) => {
  mkdirSync(join(folder, "organisation"), { recursive: true });
  writeFileSync(join(folder, "organisation", "keys"), text);
};

test("a pilot goes on with its own data, and says nothing", () => {
  open().release();
  keep("mine");
  open().release();
  expect(said).toEqual([]);
  expect(readFileSync(join(folder, "organisation", "keys"), "utf8")).toBe("mine");
});

test.each([undefined, "1", "2", "3", "4", "6", ""])(
  "a folder of format %s is moved aside, not deleted, and the pilot says that it begins anew",
  (format) => {
    for (const number of [1, 2]) {
      keep(`old ${number}`);
      rmSync(join(folder, "format"), { force: true });
      if (format !== undefined) writeFileSync(join(folder, "format"), format);
      open().release();
      const aside = `${folder}.old-${number}`;
      expect(said.at(-1)).toContain(aside);
      expect(readFileSync(join(aside, "organisation", "keys"), "utf8")).toBe(`old ${number}`);
      expect(existsSync(join(folder, "organisation"))).toBe(false);
    }
    expect(said).toHaveLength(2);
  },
);
