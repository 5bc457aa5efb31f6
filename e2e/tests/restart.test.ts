/** The server dies and comes back; it holds no word of what was said. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "../fixtures/test.ts";

function allFiles(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    return entry.isDirectory() ? allFiles(path) : [path];
  });
}

test("after a power cut people's browsers go on where they were (F1), and the server's disk holds no word of it (C8)", async ({
  colleague,
  settled: arrive,
  pilot,
}) => {
  const [anna, ben] = [await arrive(), await colleague()];
  await anna.foundGroup("Nachtstreife Elbufer", [ben]);
  await anna.room.send("Kennwort Rotkehlchen");
  await anna.room.hasTick("Kennwort Rotkehlchen", "Zugestellt");
  await pilot.kill();
  await anna.room.send("Während der Server weg war");
  await anna.room.hasTick("Während der Server weg war", "Wartet");
  await pilot.start();
  await anna.room.hasTick("Während der Server weg war", "Zugestellt");
  await ben.hears("Nachtstreife Elbufer", "Während der Server weg war");
  expect(await ben.texts("Nachtstreife Elbufer")).toEqual([
    "Kennwort Rotkehlchen",
    "Während der Server weg war",
  ]);
  await ben.say("Nachtstreife Elbufer", "Und zurück");
  await anna.room.hears("Und zurück");

  const files = allFiles(pilot.dataFolder).map((path) => readFileSync(path));
  expect(files.length).toBeGreaterThan(0);
  for (const said of ["Rotkehlchen", "Nachtstreife", "Während der Server"])
    for (const encoding of ["utf8", "utf16le"] as const) {
      const needle = Buffer.from(said, encoding);
      expect(files.some((bytes) => bytes.includes(needle))).toBe(false);
      expect(files.some((bytes) => bytes.includes(needle.toString("base64").slice(0, -4)))).toBe(false);
    }
});

test("a second tab says so, and takes over when the first is closed (C3)", async ({ join: arrive }) => {
  const anna = await arrive();
  const second = await anna.page.context().newPage();
  await second.goto(new URL(anna.letter.url).origin);
  await expect(second.getByRole("heading", { name: "NIMes ist schon offen" })).toBeVisible();
  await anna.page.close();
  await expect(second.getByRole("heading", { name: "NIMes ist gesperrt" })).toBeVisible();
});
