/** Pictures: safe before they leave, there at once as a thumbnail, whole on tap. */
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { cameraPicture, maker } from "../fixtures/camera-picture.ts";
import { oddPictures } from "../fixtures/odd-pictures.ts";
import { desktop, expect, test } from "../fixtures/test.ts";

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

test("no press beside the question throws a caption away, what is no picture is named, and cancelled nothing goes", async ({
  colleague,
  settled,
}) => {
  const [anna, ben] = [await settled(desktop), await colleague()];
  await anna.writeTo(ben);
  const folder = mkdtempSync(join(tmpdir(), "nimes-photo-"));
  const plan = join(folder, "plan.pdf");
  writeFileSync(plan, "%PDF-1.7");
  await anna.room.choosePicture(plan);
  const dialog = anna.page.getByRole("dialog");
  await expect(dialog).toContainText("plan.pdf");
  await dialog.getByRole("button", { name: "Verstanden" }).click();
  await anna.room.choosePicture(await cameraPicture(anna.page));
  const caption = dialog.getByRole("textbox", { name: "Bildunterschrift" });
  await caption.fill("Blick nach Süden");
  await anna.page.mouse.click(5, 5);
  await expect(caption).toHaveValue("Blick nach Süden");
  await dialog.getByRole("button", { name: "Abbrechen" }).click();
  await expect(dialog).toBeHidden();
  await anna.room.send("Ohne Foto");
  await ben.hears(anna.name, "Ohne Foto");
  expect(await ben.messages(anna.name)).toBe(1);
});

test("what every browser shows is a picture: without its last bytes, with zeros inside; a long one stays legible, white strokes are seen", async ({
  colleague,
  settled,
}) => {
  const [anna, ben] = [await settled(desktop), await colleague()];
  await anna.writeTo(ben);
  const odd = await oddPictures(anna.page);
  for (const [number, file] of [...odd.endless, odd.padded].entries()) {
    const caption = `Karte ${number}`;
    await anna.room.sendPicture({ file, caption });
    await anna.room.hasTick(caption, "Zugestellt");
    expect(await anna.room.openPicture()).toEqual({ width: 400, height: 300 });
    await anna.room.closePicture();
  }
  await anna.room.sendPicture({ file: odd.tall, caption: "Langer Verlauf" });
  await anna.room.hasTick("Langer Verlauf", "Zugestellt");
  const { width, height } = await anna.room.openPicture();
  expect(width).toBeGreaterThan(400);
  expect(width * height).toBeLessThanOrEqual(5_000_000);
  await anna.room.closePicture();
  await anna.room.sendPicture({ file: odd.strokes, caption: "Skizze" });
  await anna.room.hasTick("Skizze", "Zugestellt");
  await anna.room.openPicture();
  const [darkest, lightest] = await anna.room.shades();
  expect(darkest).toBeLessThan(80);
  expect(lightest).toBeGreaterThan(230);
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
