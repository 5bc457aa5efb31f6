/** Settings, reached from the rooms list. */
import type { Page } from "@playwright/test";

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

  async openDiagnosis(): Promise<void> {
    await this.#page.getByRole("button", { name: "Verbindung prüfen" }).click();
  }

  /** What stands below a word of the diagnosis. */
  fact(word: string) {
    return this.#page.locator(`dt:text-is("${word}") + dd`);
  }
}
