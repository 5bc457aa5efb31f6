/** Activation: the letter's link, what it is for, what can be wrong with it, the agreement and the PIN. */
import type { Locator, Page } from "@playwright/test";
import { expect } from "@playwright/test";

export class ActivationScreen {
  readonly #page: Page;
  readonly heading: Locator;
  readonly problem: Locator;
  readonly agreementText: Locator;
  /** Leads on when the device has been activated. */
  readonly toChats: Locator;

  constructor(page: Page) {
    this.#page = page;
    this.heading = page.getByRole("heading", { level: 1 });
    this.problem = page.getByRole("alert");
    this.agreementText = page.getByRole("region", { name: "Text der Nutzungsvereinbarung" });
    this.toChats = page.getByRole("button", { name: "Zu den Chats" });
  }

  /** Opens the letter's link. */
  async open(url: string): Promise<void> {
    await this.#page.goto(url);
    // The secret leaves the address bar at once, so that it does not end up in the history.
    await expect.poll(() => new URL(this.#page.url()).hash).toBe("");
  }

  /** Opens the app's address alone, and waits until a link can be typed. */
  async openWithoutLink(url: string): Promise<void> {
    await this.#page.goto(new URL(url).origin);
    await expect(this.#page.getByRole("textbox", { name: "Aktivierungslink aus dem Brief" })).toBeVisible();
  }

  /** Types a link instead of opening it. */
  async type(link: string): Promise<void> {
    await this.#page.getByRole("textbox", { name: "Aktivierungslink aus dem Brief" }).fill(link);
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
