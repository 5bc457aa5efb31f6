/** Nothing leaves (C5): what people and browsers do to take content out of the app, and what comes of it. */
import type { Page } from "@playwright/test";
import { cameraPicture } from "../fixtures/camera-picture.ts";
import { DeskClipboard } from "../fixtures/desk-clipboard.ts";
import { desktop, expect, phone, test } from "../fixtures/test.ts";
import type { Officer } from "../pages/officer.ts";

const secret = "Zugriff um 5:40, Hintereingang";

/** Two in one room, with a text and, if asked for, a picture. */
async function talk(anna: Officer, ben: { name: string }, picture = false): Promise<void> {
  await anna.writeTo(ben);
  await anna.room.send(secret);
  if (!picture) return;
  await anna.room.sendPicture({ file: await cameraPicture(anna.page), caption: "Lageplan" });
  await anna.room.hasTick("Lageplan", "Zugestellt");
}

/** From now on, keeps of which events of a type the browser's own doing was prevented. */
async function watchEvents(page: Page, ...types: string[]): Promise<void> {
  await page.evaluate((wanted) => {
    const seen: { type: string; prevented: boolean }[] = [];
    Object.assign(globalThis, { seenEvents: seen });
    for (const type of wanted)
      window.addEventListener(type, (event) => seen.push({ type, prevented: event.defaultPrevented }));
  }, types);
}

async function seenEvents(page: Page): Promise<{ type: string; prevented: boolean }[]> {
  return page.evaluate(
    () => (globalThis as unknown as { seenEvents: { type: string; prevented: boolean }[] }).seenEvents,
  );
}

test("nothing outside a field can be marked, and copying leaves the clipboard as it was (C5)", async ({
  browser,
  colleague,
  settled,
}) => {
  const clipboard = await DeskClipboard.open(browser);
  await clipboard.put("vorher");
  const [ben, anna] = [await colleague(), await settled(desktop)];
  await talk(anna, ben);
  const { page } = anna;
  const marked = () => page.evaluate(() => getSelection()?.toString() ?? "");

  await anna.room.message(secret).locator("[dir=auto]").click({ clickCount: 3 });
  expect(await marked()).toBe("");
  await page.keyboard.press("ControlOrMeta+a");
  expect(await marked()).toBe("");
  // The entry in the browser's own menu.
  await page.evaluate(() => document.execCommand("selectAll"));
  expect(await marked()).toBe("");
  // Even what a script or an extension has marked is not copied.
  await anna.room.message(secret).evaluate((message) => getSelection()?.selectAllChildren(message));
  await watchEvents(page, "copy", "cut");
  await page.keyboard.press("ControlOrMeta+c");
  await page.keyboard.press("ControlOrMeta+x");
  await page.keyboard.press("Control+Insert");
  expect((await seenEvents(page)).filter(({ prevented }) => !prevented)).toEqual([]);
  expect((await seenEvents(page)).length).toBeGreaterThan(0);
  expect(await clipboard.read()).toBe("vorher");
  await clipboard.close();
});

test("what is cut in a field is pasted inside the app and nowhere else; outside texts come in (C5)", async ({
  browser,
  colleague,
  settled,
}) => {
  const clipboard = await DeskClipboard.open(browser);
  await clipboard.put("von außen");
  const [ben, anna] = [await colleague(), await settled(desktop)];
  await anna.writeTo(ben);
  const { page } = anna;
  const { composer } = anna.room;

  await composer.focus();
  await page.keyboard.press("ControlOrMeta+v");
  await expect(composer).toHaveValue("von außen");
  await composer.fill("nur hier drin");
  await page.keyboard.press("ControlOrMeta+a");
  await page.keyboard.press("ControlOrMeta+x");
  await expect(composer).toHaveValue("");
  expect(await clipboard.read()).toBe("von außen");
  await composer.focus();
  await page.keyboard.press("ControlOrMeta+v");
  await page.keyboard.type("!");
  await expect(composer).toHaveValue("nur hier drin!");
  // As if typed: it can be taken back.
  await page.keyboard.press("ControlOrMeta+z");
  await expect(composer).not.toHaveValue(/!/);
  await clipboard.close();
});

test("what was copied inside is forgotten when the app is left (C5)", async ({
  browser,
  colleague,
  settled,
}) => {
  const clipboard = await DeskClipboard.open(browser);
  await clipboard.put("inzwischen kopiert");
  const [ben, anna] = [await colleague(), await settled(desktop)];
  await anna.writeTo(ben);
  const { composer } = anna.room;
  await composer.fill("von vorhin");
  await anna.page.keyboard.press("ControlOrMeta+a");
  await anna.page.keyboard.press("ControlOrMeta+c");
  await anna.page.evaluate(() => window.dispatchEvent(new FocusEvent("blur")));
  await anna.page.keyboard.press("ControlOrMeta+v");
  await expect(composer).toHaveValue("inzwischen kopiert");
  await clipboard.close();
});

test("what was cut inside does not come out on the lock screen, and a PIN is not copied at all (C4, C5)", async ({
  browser,
  colleague,
  settled,
}) => {
  const clipboard = await DeskClipboard.open(browser);
  await clipboard.put("draußen");
  const [ben, anna] = [await colleague(), await settled(desktop)];
  await talk(anna, ben);
  const { page, lockScreen } = anna;
  await anna.room.composer.fill(secret);
  await page.keyboard.press("ControlOrMeta+a");
  await page.keyboard.press("ControlOrMeta+x");
  await anna.lock();
  await lockScreen.pin.focus();
  await page.keyboard.press("ControlOrMeta+v");
  await expect(lockScreen.pin).toHaveValue("draußen");
  await lockScreen.pin.fill(anna.pin);
  await page.getByRole("button", { name: "PIN zeigen" }).click();
  await lockScreen.pin.focus();
  await page.keyboard.press("ControlOrMeta+a");
  await page.keyboard.press("ControlOrMeta+c");
  await anna.unlock();
  await anna.rooms.open(ben.name);
  await anna.room.composer.focus();
  await page.keyboard.press("ControlOrMeta+v");
  await expect(anna.room.composer).toHaveValue("draußen");
  await clipboard.close();
});

test("neither messages nor pictures nor marked words can be dragged out (C5)", async ({
  colleague,
  settled,
}) => {
  const [ben, anna] = [await colleague(), await settled(desktop)];
  await talk(anna, ben, true);
  const { page } = anna;
  await watchEvents(page, "dragstart", "dragend");
  const drag = async (from: { x: number; y: number }) => {
    await page.mouse.move(from.x, from.y);
    await page.mouse.down();
    await page.mouse.move(from.x - 40, from.y - 60, { steps: 6 });
    await page.mouse.move(40, 300, { steps: 6 });
    await page.mouse.up();
  };
  const middleOf = (box: { x: number; y: number; width: number; height: number } | null) => ({
    x: (box?.x ?? 0) + (box?.width ?? 0) / 2,
    y: (box?.y ?? 0) + (box?.height ?? 0) / 2,
  });

  await anna.room.composer.fill("gleich da");
  await page.keyboard.press("ControlOrMeta+a");
  const field = await anna.room.composer.boundingBox();
  await drag({ x: (field?.x ?? 0) + 30, y: (field?.y ?? 0) + (field?.height ?? 0) / 2 });
  await drag(middleOf(await anna.room.message(secret).locator("[dir=auto]").boundingBox()));
  await drag(middleOf(await anna.room.pictures().last().boundingBox()));
  const seen = await seenEvents(page);
  expect(seen.filter(({ prevented }) => !prevented)).toEqual([]);
  // The marked words would have gone.
  expect(seen.map(({ type }) => type)).toContain("dragstart");
  await expect(anna.room.composer).toHaveValue("gleich da");
});

test("a picture has no menu, neither in the room nor in full size; a field has one for pasting (C5)", async ({
  colleague,
  settled,
}) => {
  const [ben, anna] = [await colleague(), await settled(desktop)];
  await talk(anna, ben, true);
  const { page } = anna;
  await watchEvents(page, "contextmenu");
  await anna.room.pictures().last().click({ button: "right" });
  await anna.room.message(secret).click({ button: "right" });
  await anna.room.composer.fill("Auskunft");
  await page.keyboard.press("ControlOrMeta+a");
  await anna.room.composer.click({ button: "right", position: { x: 30, y: 12 } });
  await anna.room.openPicture();
  const whole = await page.getByRole("img", { name: "Foto in voller Größe" }).boundingBox();
  await page.mouse.click((whole?.x ?? 0) + 60, (whole?.y ?? 0) + 60, { button: "right" });
  expect((await seenEvents(page)).map(({ prevented }) => prevented)).toEqual([true, true, true, true]);
  await anna.room.closePicture();
  await anna.room.composer.fill("");
  await anna.room.composer.click({ button: "right" });
  expect((await seenEvents(page)).at(-1)).toEqual({ type: "contextmenu", prevented: false });
});

test("the keys for saving and printing do nothing (C5)", async ({ colleague, settled }) => {
  const [ben, anna] = [await colleague(), await settled(desktop)];
  await talk(anna, ben);
  await watchEvents(anna.page, "keydown");
  for (const key of ["s", "p", "Shift+s", "Shift+p"]) await anna.page.keyboard.press(`ControlOrMeta+${key}`);
  // The keys that are held are pressed as well; nothing comes of them.
  expect((await seenEvents(anna.page)).filter(({ prevented }) => prevented)).toHaveLength(4);
});

test("paper and PDF show one sentence, whatever is open (C5)", async ({ colleague, settled }) => {
  const [ben, anna] = [await colleague(), await settled(desktop)];
  await anna.rooms.startNewChat();
  const elsewhere = await printed(anna.page);
  await anna.newChat.choose(ben.name);
  await anna.room.send(secret);
  await anna.room.sendPicture({ file: await cameraPicture(anna.page) });
  await anna.room.openPicture();
  // Not one letter of the room makes a difference.
  expect(await printed(anna.page)).toBe(elsewhere);
  await anna.page.emulateMedia({ media: "print" });
  expect((await anna.page.locator("body").allInnerTexts()).join("").trim()).toBe("");
});

/** The PDF without its dates and marks. */
async function printed(page: Page): Promise<string> {
  const pdf = (await page.pdf()).toString("latin1");
  return pdf.replaceAll(/\/(CreationDate|ModDate) \([^)]*\)|\/ID \[[^\]]*\]/g, "");
}

test("a hidden page is blank, and back at once with place, focus and draft (C5)", async ({
  colleague,
  settled,
}) => {
  const [ben, anna] = [await colleague(), await settled(phone)];
  const { page } = anna;
  const become = (state: "hidden" | "visible") =>
    page.evaluate((next) => {
      Object.defineProperty(document, "visibilityState", { configurable: true, get: () => next });
      document.dispatchEvent(new Event("visibilitychange"));
    }, state);
  const look = () => page.screenshot({ animations: "disabled", caret: "hide" });
  await become("hidden");
  const elsewhere = await look();
  await become("visible");
  await talk(anna, ben);
  for (let line = 0; line < 25; line++) await anna.room.send(`Zeile ${line} von 25`);
  await anna.room.composer.fill("halb geschrieb");
  const place = () => anna.room.log.evaluate((log) => log.scrollTop);
  await anna.room.log.evaluate((log) => log.scrollTo({ top: 200 }));
  await expect.poll(place).toBe(200);

  await become("hidden");
  // Not one point of the room makes a difference.
  expect((await look()).equals(elsewhere)).toBe(true);
  await become("visible");
  await expect(anna.room.composer).toBeFocused();
  await expect(anna.room.composer).toHaveValue("halb geschrieb");
  expect(await place()).toBe(200);
  expect((await look()).equals(elsewhere)).toBe(false);
});

for (const [device, options, blank] of [
  ["a phone", { ...phone, isMobile: true }, true],
  ["a desktop", desktop, false],
] as const)
  test(`${device} whose page loses the focus ${blank ? "is blank until it is back" : "stays readable"} (C5)`, async ({
    colleague,
    settled,
  }) => {
    const [ben, anna] = [await colleague(), await settled(options)];
    await talk(anna, ben);
    const html = anna.page.locator("html");
    await anna.page.evaluate(() => window.dispatchEvent(new FocusEvent("blur")));
    expect(await html.evaluate((root) => root.hasAttribute("data-blank"))).toBe(blank);
    await anna.page.evaluate(() => window.dispatchEvent(new FocusEvent("focus")));
    await expect(html).not.toHaveAttribute("data-blank");
  });

test("name, unit and minute of whoever looks lie over rooms and pictures, and over nothing else (C5)", async ({
  arrive,
  colleague,
}) => {
  const ben = await colleague();
  const anna = await arrive(desktop);
  await anna.page.clock.install({ time: new Date("2026-03-02T08:15:20+01:00") });
  await anna.activate();
  await expect(anna.page.getByTestId("watermark")).toHaveCount(0);
  await talk(anna, ben, true);
  const mark = anna.page.getByTestId("watermark").first();
  await expect(mark).toContainText(anna.letter.name);
  await expect(mark).toContainText(anna.letter.unit);
  await expect(mark).toHaveAttribute("aria-hidden", "true");
  const minute = await mark.textContent();
  await anna.page.clock.fastForward(61_000);
  await expect(mark).not.toHaveText(minute ?? "");
  await anna.room.openPicture();
  expect(await isSeen(anna.page)).toBe(true);
  // It takes nothing away: the picture closes by the same press as ever.
  await anna.room.closePicture();
  expect(await isSeen(anna.page)).toBe(true);
  const [room, list] = await Promise.all([mark.boundingBox(), anna.rooms.row(ben.name).boundingBox()]);
  expect(room?.x).toBeGreaterThanOrEqual((list?.x ?? 0) + (list?.width ?? 0));
});

/** Whether the watermark makes a difference to what is on the screen. */
async function isSeen(page: Page): Promise<boolean> {
  const look = () => page.screenshot({ animations: "disabled", caret: "hide" });
  const mark = page.getByTestId("watermark").last();
  const withMark = await look();
  await mark.evaluate((element) => {
    (element as unknown as SVGElement).style.visibility = "hidden";
  });
  const without = await look();
  await mark.evaluate((element) => (element as unknown as SVGElement).style.removeProperty("visibility"));
  return !withMark.equals(without);
}

test("no address leads to a picture that is shown (C4, C5)", async ({ colleague, settled }) => {
  const [ben, anna] = [await colleague(), await settled()];
  await anna.keepBlobs();
  await talk(anna, ben, true);
  await expect.poll(() => anna.aliveUrls()).toEqual([]);
  expect(await anna.room.openPicture()).toEqual({ width: 600, height: 800 });
  await expect.poll(() => anna.aliveUrls()).toEqual([]);
  // There were some: of the preview, the thumbnail and the whole picture.
  expect((await anna.shownBlobs()).length).toBeGreaterThan(2);
});

test("addresses, titles and the browser's history name no room, person or text (C5)", async ({
  colleague,
  settled,
}) => {
  const [ben, anna] = [await colleague(), await settled()];
  const bare = anna.page.url();
  await talk(anna, ben, true);
  await anna.room.openPicture();
  const { page } = anna;
  expect(page.url()).toBe(bare);
  expect(new URL(bare).pathname + new URL(bare).search + new URL(bare).hash).toBe("/");
  expect(await page.title()).toMatch(/^(\(\d+\) )?NIMes$/);
  expect(Object.keys(await page.evaluate(() => history.state))).toEqual(["depth"]);
  await anna.room.closePicture();
  await expect(
    page.locator("body :is(a, area, iframe, object, embed, video, [href], [download])"),
  ).toHaveCount(0);
});

test("no field lets a spelling, writing, translation or filling service have what is typed (C5)", async ({
  colleague,
  settled,
}) => {
  const [ben, anna] = [await colleague(), await settled(desktop)];
  const { page } = anna;
  const open = () =>
    page.locator("textarea, input[type=text], input[type=search], input:not([type])").evaluateAll((fields) =>
      fields.map((element) => {
        const field = element as HTMLTextAreaElement & { writingSuggestions?: string };
        return {
          spellcheck: field.spellcheck,
          translate: field.translate,
          autocomplete: field.autocomplete,
          autocorrect: field.getAttribute("autocorrect"),
          writing: field.writingSuggestions,
          grammarly: field.dataset.gramm,
        };
      }),
    );
  const closed = {
    spellcheck: false,
    translate: false,
    autocomplete: "off",
    autocorrect: "off",
    writing: "false",
    grammarly: "false",
  };
  const allClosed = async () => {
    const fields = await open();
    expect(fields.length).toBeGreaterThan(0);
    for (const field of fields) expect(field).toEqual(closed);
  };
  await anna.rooms.startNewChat();
  await expect(anna.newChat.people().first()).toBeVisible();
  await allClosed();
  await anna.newChat.startGroup();
  await expect(page.getByRole("textbox", { name: "Name der Gruppe" })).toBeVisible();
  await allClosed();
  await page.goBack();
  await anna.newChat.choose(ben.name);
  await anna.room.isShown(ben.name);
  await anna.room.choosePicture(await cameraPicture(page));
  await expect(page.getByRole("textbox", { name: "Bildunterschrift" })).toBeVisible();
  await allClosed();
});
