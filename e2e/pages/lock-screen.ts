/** The closed capsule. */
import type { Locator, Page } from "@playwright/test";
import { expect } from "@playwright/test";

export class LockScreen {
  readonly #page: Page;
  readonly heading: Locator;
  readonly pin: Locator;
  readonly passkey: Locator;
  readonly problem: Locator;

  constructor(page: Page) {
    this.#page = page;
    this.heading = page.getByRole("heading", { name: "NIMes ist gesperrt" });
    this.pin = page.getByRole("textbox", { name: "PIN", exact: true });
    this.passkey = page.getByRole("button", { name: "Mit Passkey öffnen" });
    this.problem = page.getByRole("alert");
  }

  async isShown(): Promise<void> {
    await expect(this.heading).toBeVisible();
  }

  /** Types a PIN and sends it off. */
  async open(pin: string): Promise<void> {
    await this.pin.fill(pin);
    await this.#page.getByRole("button", { name: "Öffnen", exact: true }).click();
  }

  async openWithPasskey(): Promise<void> {
    await this.passkey.click();
  }
}
