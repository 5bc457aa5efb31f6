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

  async back(): Promise<void> {
    await this.#page.goBack();
  }

  async openDiagnosis(): Promise<void> {
    await this.#page.getByRole("button", { name: "Verbindung prüfen" }).click();
  }

  /** What stands below a word of the diagnosis. */
  fact(word: string) {
    return this.#page.locator(`dt:text-is("${word}") + dd`);
  }
}
