/** WCAG 2.2 AA on every screen, in both schemes; and the main job by keyboard alone. */

import type { Locator } from "@playwright/test";
import { hasNoFaults } from "../fixtures/axe.ts";
import { desktop, expect, phone, test } from "../fixtures/test.ts";

for (const [name, options] of [
  ["phone, light", phone],
  ["desktop, dark", { ...desktop, colorScheme: "dark" as const }],
] as const)
  test(`no screen has an accessibility fault (${name})`, async ({ arrive, colleague }) => {
    const ben = await colleague();
    const anna = await arrive(options);
    await anna.activation.open(anna.letter.url);
    await expect(anna.activation.fact("Name")).toBeVisible();
    await hasNoFaults(anna);
    await anna.activation.confirm();
    await expect(anna.activation.agreementText).toBeVisible();
    await hasNoFaults(anna);
    await anna.activation.consent();
    await anna.activation.typePin(anna.pin, "Leinewehr 43");
    await expect(anna.activation.problem).toBeVisible();
    await hasNoFaults(anna);
    await anna.activation.choosePin(anna.pin);
    await expect(anna.activation.toChats).toBeVisible();
    await hasNoFaults(anna);
    await anna.activation.toChats.click();
    await anna.rooms.isShown();
    await hasNoFaults(anna);
    await anna.lock();
    await anna.lockScreen.open("falsche PIN");
    await expect(anna.lockScreen.problem).toBeVisible();
    await hasNoFaults(anna);
    await anna.unlock();
    await anna.settings.open();
    await hasNoFaults(anna);
    for (const screen of ["Regeln für dieses Gerät", "PIN ändern", "Nutzungsvereinbarung"]) {
      await anna.settings.openScreen(screen);
      await hasNoFaults(anna);
      await anna.settings.back();
    }
    await anna.settings.back();
    await anna.rooms.isShown();
    await anna.rooms.startNewChat();
    await expect(anna.newChat.people().first()).toBeVisible();
    await hasNoFaults(anna);
    await anna.newChat.choose(ben.name);
    await anna.room.isShown(ben.name);
    await anna.room.send("Alles lesbar?");
    await anna.room.hasTick("Alles lesbar?", "Zugestellt");
    await hasNoFaults(anna);
    await anna.room.openInfo();
    await expect(anna.roomInfo.member(ben.name)).toBeVisible();
    await hasNoFaults(anna);
  });

test("a message is written and sent by keyboard alone", async ({ colleague, settled }) => {
  const ben = await colleague();
  const anna = await settled(desktop);
  const { keyboard } = anna.page;
  await anna.page.getByRole("button", { name: "Neuer Chat" }).focus();
  await keyboard.press("Enter");
  await anna.newChat.search(ben.name);
  await keyboard.press("Tab");
  await anna.newChat.person(ben.name).focus();
  await keyboard.press("Enter");
  await anna.room.isShown(ben.name);
  await anna.room.composer.focus();
  await keyboard.type("Nur Tasten");
  await keyboard.press("Enter");
  await anna.room.hasTick("Nur Tasten", "Zugestellt");
});

test("in colours of one's own what is chosen and what is open has an edge; on its side, with a keyboard, everything to write with stays there", async ({
  colleague,
  settled,
}) => {
  const [anna, ben] = [await settled(desktop), await colleague()];
  await anna.writeTo(ben);
  await anna.room.send("Alles lesbar?");
  await anna.page.emulateMedia({ forcedColors: "active" });
  const edgeOf = (element: Locator) =>
    element.evaluate((one) => {
      const { outlineStyle, outlineWidth } = getComputedStyle(one);
      return `${outlineStyle} ${outlineWidth}`;
    });
  const open = anna.rooms.row(ben.name).getByRole("button").first();
  expect(await edgeOf(open)).toBe("solid 3px");
  const chip = anna.page.locator("label", { hasText: "Gruppen" });
  expect(await edgeOf(chip)).not.toBe("solid 3px");
  await chip.click();
  await anna.page.mouse.click(700, 5);
  expect(await edgeOf(chip)).toBe("solid 3px");
  await anna.page.emulateMedia({ forcedColors: "none" });
  await anna.page.setViewportSize({ width: 740, height: 200 });
  await expect(anna.room.composer).toBeInViewport();
  await anna.room.composer.fill(Array.from({ length: 12 }, (_, line) => `Zeile ${line}`).join("\n"));
  await expect(anna.room.composer).toBeInViewport({ ratio: 0.99 });
  await expect(anna.page.getByRole("button", { name: "Senden" })).toBeInViewport({ ratio: 0.99 });
  await expect(anna.page.getByRole("button", { name: "Zurück zu den Chats" })).toBeInViewport({
    ratio: 0.99,
  });
});

test("the whole app speaks English when the browser does", async ({ arrive }) => {
  const anna = await arrive({ ...phone, locale: "en-GB" });
  await anna.activation.open(anna.letter.url);
  await anna.page.getByRole("button", { name: "Yes, go on" }).click();
  await anna.page.getByRole("button", { name: "Normal window, go on" }).click();
  await anna.page.getByRole("checkbox", { name: /have read the usage agreement/ }).check();
  await anna.page.getByRole("button", { name: "Consent and go on" }).click();
  await anna.page.getByRole("textbox", { name: "New PIN" }).fill(anna.pin);
  await anna.page.getByRole("textbox", { name: "Repeat PIN" }).fill(anna.pin);
  await anna.page.getByRole("button", { name: "Activate device" }).click();
  await anna.page.getByRole("button", { name: "To the chats" }).click();
  await expect(anna.page.getByRole("button", { name: "New chat" })).toBeVisible();
  await expect(anna.page.locator("html")).toHaveAttribute("lang", "en");
});

test("the language of the lock screen is that of every screen behind it", async ({ join }) => {
  const anna = await join();
  await anna.lock();
  const { page } = anna;
  const isLocked = (words: string) => expect(page.getByRole("heading", { name: words })).toBeVisible();
  await page.getByRole("button", { name: "English" }).click();
  await isLocked("NIMes is locked");
  await page.getByRole("button", { name: "Deutsch" }).click();
  await isLocked("NIMes ist gesperrt");
  await page.getByRole("button", { name: "English" }).click();
  await isLocked("NIMes is locked");
  await page.getByRole("textbox", { name: "PIN", exact: true }).fill(anna.pin);
  await page.getByRole("button", { name: "Open", exact: true }).click();
  await page.getByRole("button", { name: "New chat" }).click();
  await expect(page.getByRole("button", { name: "New group" })).toBeVisible();
});

test("that something is going on is said, and pressing again meanwhile does nothing", async ({ settled }) => {
  const anna = await settled();
  await anna.lock();
  await anna.page.evaluate(() => {
    const said = new Set<string>();
    const look = () => {
      for (const { textContent } of document.querySelectorAll("[role=status]")) said.add(textContent ?? "");
      const pending = document.querySelector<HTMLButtonElement>("[data-pending]");
      // Not taken out of the order of keys: it keeps the focus.
      if (pending) said.add(`aria-disabled ${pending.ariaDisabled}, disabled ${pending.disabled}`);
    };
    new MutationObserver(look).observe(document, { subtree: true, childList: true, attributes: true });
    Object.assign(window, { said });
  });
  await anna.lockScreen.pin.fill("falsche PIN");
  await anna.page.getByRole("button", { name: "Öffnen", exact: true }).dblclick();
  await expect(anna.page.getByText("Noch 9 Versuche", { exact: true })).toBeVisible();
  const said = await anna.page.evaluate(() => [...(window as unknown as { said: Set<string> }).said]);
  expect(said).toContain("Bitte warten: Wird geöffnet …");
  expect(said).toContain("aria-disabled true, disabled false");
});
