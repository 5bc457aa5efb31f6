/** A room: messages, notices, composer. */
import type { Locator, Page } from "@playwright/test";
import { expect } from "@playwright/test";

/** The words that stand for an own message's way. */
export type Tick = "Wartet" | "Gesendet" | "Zugestellt" | "Nicht gesendet";

export class RoomScreen {
  readonly #page: Page;
  readonly composer: Locator;
  readonly log: Locator;

  constructor(page: Page) {
    this.#page = page;
    this.composer = page.getByRole("textbox", { name: /^Nachricht an / });
    this.log = page.getByTestId("timeline");
  }

  async isShown(name: string): Promise<void> {
    await expect(this.#page.getByRole("textbox", { name: `Nachricht an ${name}` })).toBeVisible();
  }

  /** Types and sends; the message stands in the room at once. */
  async send(text: string): Promise<void> {
    await this.composer.fill(text);
    await this.#page.getByRole("button", { name: "Senden" }).click();
    await expect(this.message(text)).toBeVisible();
  }

  message(text: string): Locator {
    return this.log.getByRole("article").filter({ hasText: text });
  }

  async hears(text: string): Promise<void> {
    await expect(this.message(text)).toBeVisible();
  }

  /** Waits until the own message has this tick. */
  async hasTick(text: string, tick: Tick): Promise<void> {
    await expect(this.message(text).getByRole("img", { name: tick })).toBeVisible();
  }

  /** Texts in the order in which they stand. */
  async texts(): Promise<string[]> {
    return this.log.getByRole("article").locator("[dir=auto]").allInnerTexts();
  }

  /** Presses a message as a finger does to react. */
  async longPress(text: string): Promise<void> {
    const box = await this.message(text).locator("[dir=auto]").boundingBox();
    if (!box) throw new Error(`"${text}" is not on the screen`);
    const session = await this.#page.context().newCDPSession(this.#page);
    const touchPoints = [{ x: box.x + box.width / 2, y: box.y + box.height / 2 }];
    await session.send("Input.dispatchTouchEvent", { type: "touchStart", touchPoints });
    await expect(this.#page.getByRole("dialog", { name: "Reagieren" })).toBeVisible();
    await session.send("Input.dispatchTouchEvent", { type: "touchEnd", touchPoints: [] });
    await session.detach();
  }

  async chooseEmoji(emoji: string): Promise<void> {
    await this.#page.getByRole("dialog").getByRole("button", { name: emoji }).click();
    await expect(this.#page.getByRole("dialog")).toHaveCount(0);
  }

  async reactByKeyboard(text: string, emoji: string): Promise<void> {
    await this.message(text).getByRole("button", { name: "Reagieren" }).focus();
    await this.#page.keyboard.press("Enter");
    await this.#page.getByRole("textbox", { name: "Anderes Emoji" }).fill(emoji);
    await expect(this.#page.getByRole("dialog")).toHaveCount(0);
  }

  /** What people have put on a message. @param part of its name: the emoji, or somebody who chose it. */
  reaction(text: string, part: string): Locator {
    return this.message(text).getByRole("button", { name: part });
  }

  notice(text: string | RegExp): Locator {
    return this.log.getByText(text);
  }

  /** Chooses a picture file, writes a caption and sends it. */
  async sendPicture(picture: { file: string; caption?: string }): Promise<void> {
    await this.choosePicture(picture.file);
    const dialog = this.#page.getByRole("dialog");
    if (picture.caption)
      await dialog.getByRole("textbox", { name: "Bildunterschrift" }).fill(picture.caption);
    await dialog.getByRole("button", { name: "Senden" }).click();
  }

  async choosePicture(file: string): Promise<void> {
    const chooser = this.#page.waitForEvent("filechooser");
    await this.#page.getByRole("button", { name: "Foto anhängen" }).click();
    await (await chooser).setFiles(file);
  }

  pictures(): Locator {
    return this.#page.getByRole("button", { name: /^Foto öffnen/ });
  }

  /** Opens the newest picture in full size. @returns its real size in pixels. */
  async openPicture(): Promise<{ width: number; height: number }> {
    await this.pictures().last().click();
    const whole = this.#page.getByRole("img", { name: "Foto in voller Größe" });
    await expect(whole).toBeVisible();
    return whole.evaluate((image) => {
      const { naturalWidth: width, naturalHeight: height } = image as HTMLImageElement;
      return { width, height };
    });
  }

  /** Darkest and lightest green of the picture in full size, from 0 to 255. */
  async shades(): Promise<[number, number]> {
    return this.#page.getByRole("img", { name: "Foto in voller Größe" }).evaluate((image) => {
      const canvas = document.createElement("canvas");
      const { naturalWidth: width, naturalHeight: height } = image as HTMLImageElement;
      Object.assign(canvas, { width, height });
      const pen = canvas.getContext("2d");
      if (!pen) throw new Error("no canvas");
      pen.drawImage(image as HTMLImageElement, 0, 0);
      const greens = pen.getImageData(0, 0, width, height).data.filter((_, at) => at % 4 === 1);
      return [
        greens.reduce((one, other) => Math.min(one, other)),
        greens.reduce((one, other) => Math.max(one, other)),
      ];
    });
  }

  async closePicture(): Promise<void> {
    await this.#page.getByRole("button", { name: "Schließen" }).click();
  }

  async openInfo(): Promise<void> {
    await this.#page.getByRole("button", { name: "Infos zum Chat" }).click();
  }

  /** Back to the rooms list, on a phone. */
  async back(): Promise<void> {
    await this.#page.getByRole("button", { name: "Zurück zu den Chats" }).click();
  }
}
