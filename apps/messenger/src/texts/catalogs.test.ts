/** The texts come in two files per language; which screen has its texts in which stands in lingui.config. */
import { existsSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { expect, test } from "vitest";
import { laterFolders } from "../../lingui.config.ts";

const root = join(import.meta.dirname, "../..");
const entry = join(root, "src/app/show-app.tsx");

/** The files of the app that are loaded with a file, because it imports them and does not wait for a dynamic import. */
function loadedWith(start: string): Set<string> {
  const loaded = new Set<string>();
  const follow = (file: string): void => {
    if (loaded.has(file)) return;
    loaded.add(file);
    const imports = readFileSync(file, "utf8").matchAll(
      /^import (?!type)(?:[^;]*? from )?"(\.[^"]+\.tsx?)";/gms,
    );
    for (const [, specifier = ""] of imports) follow(join(dirname(file), specifier));
  };
  follow(start);
  return loaded;
}
const hasTexts = (file: string): boolean => readFileSync(file, "utf8").includes("@lingui/");

test("whatever is drawn at once has its texts among the first ones", () => {
  const files = [...loadedWith(entry)].map((file) => relative(root, file));
  // The walk has found the screens themselves, not only their frame.
  expect(files).toEqual(expect.arrayContaining(["src/lock/lock-screen.tsx", "src/rooms/room-row.tsx"]));
  const late = files.filter((file) => laterFolders.some((folder) => file.startsWith(`${folder}/`)));
  expect(late.filter((file) => hasTexts(join(root, file)))).toEqual([]);
});

test("every folder of later texts exists", () => {
  for (const folder of laterFolders) expect(existsSync(join(root, folder))).toBe(true);
});
