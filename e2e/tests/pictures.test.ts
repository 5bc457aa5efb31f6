/** Pictures: safe before they leave, there at once as a thumbnail, whole on tap. */
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { cameraPicture, maker } from "../fixtures/camera-picture.ts";
import { expect, test } from "../fixtures/test.ts";

test("a photo arrives upright, with its caption and without its metadata (B5)", async ({
  settled: arrive,
}) => {
  const [anna, ben] = [await arrive(), await arrive()];
  const file = await cameraPicture(anna.page);
  await anna.writeTo(ben);
  await anna.room.sendPicture({ file, caption: "Blick auf den Vorplatz" });
  await anna.room.hasTick("Blick auf den Vorplatz", "Zugestellt");
  await ben.keepBlobs();
  await ben.rooms.open(anna.name);
  await ben.room.hears("Blick auf den Vorplatz");
  expect(await ben.room.openPicture()).toEqual({ width: 600, height: 800 });
  const shown = await ben.shownBlobs();
  expect(shown.length).toBeGreaterThan(0);
  for (const bytes of shown) {
    expect(bytes.includes(maker)).toBe(false);
    expect(bytes.includes("Exif")).toBe(false);
  }
  await ben.room.closePicture();
  await ben.room.send("Danke, erkannt");
  await anna.room.hears("Danke, erkannt");
});

test("what is not a picture is refused before it leaves, with a sentence (B3)", async ({
  colleague,
  settled: arrive,
}) => {
  const [anna, ben] = [await arrive(), await colleague()];
  await anna.writeTo(ben);
  const file = join(mkdtempSync(join(tmpdir(), "nimes-photo-")), "karte.jpg");
  writeFileSync(file, '<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>');
  await anna.room.sendPicture({ file });
  await expect(anna.page.getByText("Bitte als JPEG oder PNG senden")).toBeVisible();
  await anna.page.getByRole("button", { name: "Abbrechen" }).click();
  await anna.room.send("Die Karte geht so nicht");
  await ben.hears(anna.name, "Die Karte geht so nicht");
  expect(await ben.messages(anna.name)).toBe(1);
});

test("a photo written without network goes out when it is back (B2)", async ({ settled: arrive }) => {
  const [anna, ben] = [await arrive(), await arrive()];
  const file = await cameraPicture(anna.page);
  await anna.writeTo(ben);
  await anna.room.send("gleich kommt ein Foto");
  await anna.room.hasTick("gleich kommt ein Foto", "Zugestellt");
  await anna.goOffline();
  await anna.room.sendPicture({ file, caption: "Funkloch" });
  await anna.room.hasTick("Funkloch", "Wartet");
  await anna.goOnline();
  await anna.room.hasTick("Funkloch", "Zugestellt");
  await ben.rooms.open(anna.name);
  await ben.room.hears("Funkloch");
  expect(await ben.room.openPicture()).toEqual({ width: 600, height: 800 });
});
