/** What a copied browser profile gives away, and what the app says when its storage is not what it was. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join as pathOf } from "node:path";
import { chromium } from "@playwright/test";
import { cameraPicture } from "../fixtures/camera-picture.ts";
import { searchFiles } from "../fixtures/search-files.ts";
import { expect, phone, test } from "../fixtures/test.ts";
import { Officer } from "../pages/officer.ts";

const said = "Zugriff um vier Uhr am Rotkehlchenweg";
const caption = "Gesuchter am Elbufer gesehen";
const group = "Sonderkommission Fischotter";
const draft = "Noch nicht abgeschickter Entwurf";

test("the profile on disk holds no text, name, picture or key, unlocked and locked (C1)", async ({
  colleague,
  launchOptions,
  pilot,
}) => {
  const ben = await colleague();
  const letter = await pilot.takeLetter();
  const profile = mkdtempSync(pathOf(tmpdir(), "nimes-profile-"));
  const context = await chromium.launchPersistentContext(profile, {
    ...launchOptions,
    ...phone,
    locale: "de-DE",
  });
  try {
    const anna = new Officer(context.pages()[0] ?? (await context.newPage()), letter);
    await anna.activate();
    await anna.foundGroup(group, [ben]);
    await anna.room.send(said);
    const picture = await cameraPicture(anna.page);
    await anna.room.sendPicture({ file: picture, caption });
    await anna.room.hasTick(caption, "Zugestellt");
    await anna.room.composer.fill(draft);
    await ben.say(group, "Verstanden, Rückfrage folgt gleich");
    await anna.room.hears("Verstanden, Rückfrage folgt gleich");
    await anna.room.back();

    const bytesOfPicture = readFileSync(picture);
    const words = [
      said,
      caption,
      group,
      draft,
      "Verstanden, Rückfrage folgt gleich",
      ben.name,
      anna.pin,
      // A stretch of the picture that is the same in every copy of it.
      bytesOfPicture.subarray(2_000, 2_064),
    ];
    expect(searchFiles(profile, words).found).toEqual([]);
    await anna.lock();
    expect(searchFiles(profile, words).found).toEqual([]);
    expect(anna.problems).toEqual([]);
  } finally {
    await context.close();
  }
  // Written out whole, as a thief would find it.
  const { found, bytes } = searchFiles(profile, [said, caption, group, draft, ben.name]);
  expect(found).toEqual([]);
  expect(bytes).toBeGreaterThan(500_000);
  // The search itself finds what is there: the app's address stands in the profile.
  expect(searchFiles(profile, [new URL(letter.url).hostname]).found).not.toEqual([]);
  rmSync(profile, { recursive: true, force: true });
});

test("when the browser has thrown a part away, it says so, and a new letter begins afresh (F13)", async ({
  join,
}) => {
  const anna = await join();
  await anna.lock();
  await anna.deleteOutside("capsule");
  await anna.page.reload();
  await expect(anna.page.getByRole("heading", { name: "Die Daten sind nicht mehr da" })).toBeVisible();
  await anna.page.getByRole("button", { name: "Neuen Brief verwenden" }).click();
  await expect(anna.activation.heading).toHaveText("Willkommen bei NIMes");
  expect(await anna.storedRecords()).toBe(0);
});

test("data of an earlier pilot is not taken over, and says so", async ({ arrive }) => {
  const anna = await arrive();
  await anna.page.goto(new URL("/manifest.webmanifest", anna.letter.url).href);
  await anna.makeOldFormat();
  await anna.activation.open(anna.letter.url);
  await expect(anna.page.getByRole("heading", { name: "Daten einer früheren Fassung" })).toBeVisible();
  await anna.page.getByRole("button", { name: "Von vorn beginnen" }).click();
  await anna.activation.finish(anna.pin);
  await anna.rooms.isShown();
});

test("a browser that lets nothing be stored says what to do", async ({ pilot, launchOptions }) => {
  const profile = mkdtempSync(pathOf(tmpdir(), "nimes-profile-"));
  mkdirSync(pathOf(profile, "Default"));
  // "Block all website data" in Chromium's settings.
  const settings = { profile: { default_content_setting_values: { cookies: 2 } } };
  writeFileSync(pathOf(profile, "Default", "Preferences"), JSON.stringify(settings));
  const context = await chromium.launchPersistentContext(profile, {
    ...launchOptions,
    ...phone,
    locale: "de-DE",
  });
  const page = context.pages()[0] ?? (await context.newPage());
  await page.goto((await pilot.takeLetter()).url);
  await expect(page.getByRole("status")).toContainText("Website-Daten erlauben");
  await context.close();
  rmSync(profile, { recursive: true, force: true });
});

test("when the phone's storage is full it is said what to do, and what was being written is still there", async ({
  colleague,
  join,
}) => {
  const [anna, ben] = [await join(), await colleague()];
  await anna.writeTo(ben);
  await anna.room.send("Solange noch Platz ist");
  await anna.room.hasTick("Solange noch Platz ist", "Zugestellt");
  await anna.fillStorage();
  await anna.room.composer.fill("Kein Platz mehr");
  await anna.page.getByRole("button", { name: "Senden" }).click();
  await expect(
    anna.page.getByText("Der Speicher dieses Geräts ist voll. Bitte Platz schaffen."),
  ).toBeVisible();
  await expect(anna.room.composer).toHaveValue("Kein Platz mehr");
  // Space has been made, and the app is opened again.
  await anna.reload();
  await anna.rooms.open(ben.name);
  await anna.room.hears("Solange noch Platz ist");
  await anna.room.send("Jetzt wieder");
  await anna.room.hasTick("Jetzt wieder", "Zugestellt");
});
