/** The rooms list. */
import type { Locator, Page } from "@playwright/test";
import { expect } from "@playwright/test";

export class RoomsScreen {
  readonly #page: Page;
  readonly connectionBar: Locator;

  constructor(page: Page) {
    this.#page = page;
    this.connectionBar = page.getByTestId("connection-bar");
  }

  async isShown(): Promise<void> {
    await expect(this.#page.getByRole("heading", { name: "Chats", level: 1 })).toBeVisible();
    await expect(this.#page.getByRole("button", { name: "Neuer Chat" })).toBeVisible();
  }

  /** The row of a room, by the name of the group or person. */
  row(name: string): Locator {
    return this.#page.getByTestId("rooms").getByRole("listitem").filter({ hasText: name });
  }

  async open(name: string): Promise<void> {
    await this.row(name).getByRole("button").first().click();
  }

  async startNewChat(): Promise<void> {
    await this.#page.getByRole("button", { name: "Neuer Chat" }).click();
  }
}
