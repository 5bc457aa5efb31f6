/** Settings, reached from the rooms list. */
import type { Page } from "@playwright/test";
import { expect } from "@playwright/test";

export class SettingsScreen {
  readonly #page: Page;

  constructor(page: Page) {
    this.#page = page;
  }

  async open(): Promise<void> {
    await this.#page.getByRole("button", { name: "Einstellungen" }).click();
  }

  /** @param name as it stands there, e.g. „200 %“ or „English“. */
  async choose(name: string): Promise<void> {
    await this.#page.getByText(name, { exact: true }).click();
  }

  /** One of the screens behind it, by its name. */
  async openScreen(name: string): Promise<void> {
    await this.#page.getByRole("button", { name, exact: true }).click();
    await expect(this.#page.getByRole("heading", { name, exact: true, level: 1 })).toBeVisible();
  }

  /** On the screen "PIN ändern". */
  async changePin(current: string, next: string): Promise<void> {
    await this.#page.getByRole("textbox", { name: "PIN bisher" }).fill(current);
    await this.#page.getByRole("textbox", { name: "Neue PIN" }).fill(next);
    await this.#page.getByRole("textbox", { name: "PIN wiederholen" }).fill(next);
    await this.#page.getByRole("button", { name: "PIN ändern" }).click();
  }

  /** Sets a passkey up with what is typed as the PIN. */
  async addPasskey(pin: string): Promise<void> {
    const add = this.#page.getByRole("button", { name: "Passkey einrichten" });
    const field = this.#page.getByRole("textbox", { name: "PIN", exact: true });
    if (!(await field.isVisible())) await add.click();
    await field.fill(pin);
    await add.click();
  }

  async removePasskey(): Promise<void> {
    const name = "Passkey entfernen";
    await this.#page.getByRole("button", { name }).click();
    await this.#page.getByRole("dialog").getByRole("button", { name }).click();
    await expect(this.#page.getByRole("button", { name: "Passkey einrichten" })).toBeVisible();
  }

  async back(): Promise<void> {
    await this.#page.goBack();
  }

  async openDiagnosis(): Promise<void> {
    await this.#page.getByRole("button", { name: "Verbindung prüfen" }).click();
  }

  async openLicences(): Promise<void> {
    await this.#page.getByRole("button", { name: "Lizenzen freier Software" }).click();
  }

  /** What stands below a word of the diagnosis. */
  fact(word: string) {
    return this.#page.locator(`dt:text-is("${word}") + dd`);
  }
}
