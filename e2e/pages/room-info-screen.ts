/** Who is in a room, with which devices, and changing it. */
import type { Locator, Page } from "@playwright/test";
import { expect } from "@playwright/test";

export class RoomInfoScreen {
  readonly #page: Page;

  constructor(page: Page) {
    this.#page = page;
  }

  member(name: string): Locator {
    return this.#page.getByRole("complementary").getByRole("listitem").filter({ hasText: name });
  }

  /** What can be done with a member; absent where there is nothing. */
  menu(name: string): Locator {
    return this.#page.getByRole("button", { name: `Aktionen für ${name}` });
  }

  /** Chooses something in a member's menu, and says yes where that is asked. */
  async choose(name: string, act: string, yes?: string): Promise<void> {
    await this.menu(name).click();
    await this.#inDialog(act);
    if (yes !== undefined) await this.#inDialog(yes);
    await expect(this.#page.getByRole("dialog")).toHaveCount(0);
  }

  async remove(name: string): Promise<void> {
    await this.choose(name, "Aus dem Chat entfernen", "Entfernen");
  }

  /** Gives up the lead for another role, where somebody else leads, too. */
  async stepDown(act: string): Promise<void> {
    await this.#page.getByRole("button", { name: "Meine Rolle" }).click();
    await this.#inDialog(act);
    await this.#inDialog("Leitung abgeben");
    await expect(this.#page.getByRole("dialog")).toHaveCount(0);
  }

  get leaving(): Locator {
    return this.#page.getByRole("dialog", { name: /verlassen\?/ });
  }

  async openLeaving(): Promise<void> {
    await this.#page.getByRole("button", { name: /^(Chat|Kanal) verlassen$/ }).click();
    await expect(this.leaving).toBeVisible();
  }

  /** From the question whether to leave; whoever leads alone hands over. */
  async leave(options: { heir?: string } = {}): Promise<void> {
    if (options.heir !== undefined) await this.leaving.getByText(options.heir).click();
    await this.#inDialog("Verlassen");
    await expect(this.leaving).toHaveCount(0);
  }

  async #inDialog(name: string): Promise<void> {
    const button = this.#page.getByRole("dialog").getByRole("button", { name });
    await button.click();
  }
}
