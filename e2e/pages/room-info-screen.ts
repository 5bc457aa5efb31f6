/** Who is in a room, with which devices, and changing it. */
import type { Locator, Page } from "@playwright/test";

export class RoomInfoScreen {
  readonly #page: Page;

  constructor(page: Page) {
    this.#page = page;
  }

  member(name: string): Locator {
    return this.#page.getByRole("listitem").filter({ hasText: name });
  }

  async remove(name: string): Promise<void> {
    await this.#page.getByRole("button", { name: `${name} entfernen` }).click();
    await this.#page.getByRole("dialog").getByRole("button", { name: "Entfernen" }).click();
  }
}
