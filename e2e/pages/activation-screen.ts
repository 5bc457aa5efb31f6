/** Activation: the letter scanned, typed or opened as a link, what it is for, what can be wrong with it, the agreement and the PIN. */
import type { Locator, Page } from "@playwright/test";
import { expect } from "@playwright/test";

export class ActivationScreen {
  readonly #page: Page;
  readonly heading: Locator;
  readonly problem: Locator;
  readonly agreementText: Locator;
  /** Leads on when the device has been activated. */
  readonly toChats: Locator;
  /** Where the letter's code is typed. */
  readonly code: Locator;
  readonly scan: Locator;
  /** What a letter that was opened as a link leaves behind. */
  readonly linkStays: Locator;

  constructor(page: Page) {
    this.#page = page;
    this.heading = page.getByRole("heading", { level: 1 });
    this.problem = page.getByRole("alert");
    this.agreementText = page.getByRole("region", { name: "Text der Nutzungsvereinbarung" });
    this.code = page.getByRole("textbox", { name: "Code aus dem Brief" });
    this.scan = page.getByRole("button", { name: "Brief scannen" });
    this.linkStays = page.getByText("im Verlauf dieses Browsers");
    this.toChats = page.getByRole("button", { name: "Zu den Chats" });
  }

  /** Opens the letter's link. */
  async open(url: string): Promise<void> {
    await this.#page.goto(url);
    // The secret leaves the address bar at once, so that it does not end up in the history.
    await expect.poll(() => new URL(this.#page.url()).hash).toBe("");
  }

  /** Opens the app's address alone, as the letter says, and waits until a code can be typed. */
  async openAddress(url: string): Promise<void> {
    await this.#page.goto(new URL(url).origin);
    await expect(this.code).toBeVisible();
  }

  /** Pastes a code or a link, and sends it off. */
  async paste(letter: string): Promise<void> {
    await this.code.fill(letter);
    await this.goOn();
  }

  async goOn(): Promise<void> {
    await this.#page.getByRole("button", { name: "Weiter" }).click();
  }

  /** What stands beside a word of the preview, e.g. „Dienststelle“. */
  fact(word: string): Locator {
    return this.#page.locator(`dt:text-is("${word}") + dd`);
  }

  async tryAgain(): Promise<void> {
    await this.#page.getByRole("button", { name: "Erneut versuchen" }).click();
  }

  /** "Yes, that is me." Browser tests run in private windows, which the app asks about. */
  async confirm(): Promise<void> {
    await this.#page.getByRole("button", { name: "Ja, weiter" }).click();
    const asks = this.#page.getByRole("button", { name: "Normales Fenster, weiter" });
    await expect(asks.or(this.agreementText)).toBeVisible();
    if (await asks.isVisible()) await asks.click();
  }

  /** The usage agreement, where one was published. */
  async consent(): Promise<void> {
    await this.#page.getByRole("checkbox", { name: /gelesen und stimme ihr zu/ }).check();
    await this.#page.getByRole("button", { name: "Zustimmen und weiter" }).click();
  }

  /** The PIN twice, without sending it off. */
  async typePin(pin: string, again = pin): Promise<void> {
    await this.#page.getByRole("textbox", { name: "Neue PIN" }).fill(pin);
    await this.#page.getByRole("textbox", { name: "PIN wiederholen" }).fill(again);
  }

  async choosePin(pin: string): Promise<void> {
    await this.typePin(pin);
    await this.#page.getByRole("button", { name: "Gerät aktivieren" }).click();
  }

  /** All that follows the preview, to the rooms list. */
  async finish(pin: string): Promise<void> {
    await this.confirm();
    await this.consent();
    await this.choosePin(pin);
    await this.toChats.click();
  }
}
