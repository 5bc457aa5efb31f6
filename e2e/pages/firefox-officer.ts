/** An officer at Firefox, by its own remote protocol: what people do on the screens that every engine has to draw. */
import { expect } from "@playwright/test";
import type { Browser, ElementHandle, Page } from "puppeteer-core";
import type { Letter } from "./officer.ts";

const patienceMs = 45_000;
/** What Firefox writes of itself when the server is away; everything else counts. */
const expectedOffline = /can’t establish a connection|connection to .* was interrupted/;

export class FirefoxOfficer {
  readonly page: Page;
  readonly letter: Letter;
  readonly pin = "Leinewehr 42";
  /** Errors that the page has reported. */
  readonly problems: string[] = [];

  private constructor(page: Page, letter: Letter) {
    this.page = page;
    this.letter = letter;
    page.setDefaultTimeout(patienceMs);
    page.on("pageerror", (error) => {
      if (!expectedOffline.test(String(error))) this.problems.push(String(error));
    });
  }

  static async arrive(browser: Browser, letter: Letter): Promise<FirefoxOfficer> {
    return new FirefoxOfficer(await browser.newPage(), letter);
  }

  get name(): string {
    return this.letter.name;
  }

  async activate(): Promise<void> {
    await this.page.goto(this.letter.url);
    await this.press("Ja, weiter");
    // Firefox asks whether data may stay, and nobody answers it here.
    await this.press("Normales Fenster, weiter");
    await (await this.find("input[type=checkbox]")).evaluate((box) => (box as HTMLInputElement).click());
    await this.press("Zustimmen und weiter");
    await this.type("Neue PIN", this.pin);
    await this.type("PIN wiederholen", this.pin);
    await this.press("Gerät aktivieren");
    await this.press("Zu den Chats");
    await this.find("aria/Neuer Chat");
  }

  async writeTo(other: { name: string }): Promise<void> {
    await this.press("Neuer Chat");
    await this.type("Name, Dienststelle oder Funktion", other.name);
    await (await this.find("[data-testid=directory] button")).click();
    await this.find(`aria/Nachricht an ${other.name}`);
  }

  async send(other: { name: string }, text: string): Promise<void> {
    await this.type(`Nachricht an ${other.name}`, text);
    await this.press("Senden");
    await this.sees(text);
  }

  /** @param file path of a picture. */
  async sendPicture(file: string, caption: string): Promise<void> {
    const input = (await this.find("input[type=file]", false)) as ElementHandle<HTMLInputElement>;
    await input.uploadFile(file);
    await this.typeInto("[role=dialog] textarea", caption);
    await (await this.find("[role=dialog] button:last-of-type")).click();
    await this.sees(caption);
  }

  async lock(): Promise<void> {
    await this.press("Sperren");
    await this.sees("NIMes ist gesperrt");
  }

  async unlock(): Promise<void> {
    await this.type("PIN", this.pin);
    await this.press("Öffnen");
    await this.find("aria/Sperren");
  }

  /** Waits until the last own message says so. */
  async hasTick(tick: "Wartet" | "Zugestellt"): Promise<void> {
    await expect.poll(async () => (await this.#ticks()).at(-1), { timeout: patienceMs }).toBe(tick);
  }

  async sees(text: string): Promise<void> {
    await expect.poll(() => this.words(), { timeout: patienceMs }).toContain(text);
  }

  /** Everything that stands in the page. */
  words(): Promise<string> {
    return this.page.evaluate(() => document.body.textContent ?? "");
  }

  /** What lies under the middle of an element, by its name in HTML. */
  async under(selector: string): Promise<string | undefined> {
    const element = await this.find(selector);
    return element.evaluate((one) => {
      const { x, y, width, height } = one.getBoundingClientRect();
      return document.elementFromPoint(x + width / 2, y + height / 2)?.tagName;
    });
  }

  async press(name: string): Promise<void> {
    await (await this.find(`aria/${name}`)).click();
  }

  type(label: string, text: string): Promise<void> {
    return this.typeInto(`aria/${label}`, text);
  }

  async typeInto(selector: string, text: string): Promise<void> {
    // A dialog that has just come takes the focus once.
    await expect(async () => {
      await (await this.find(selector)).click();
      expect(await this.#isInField()).toBe(true);
    }).toPass({ timeout: patienceMs });
    await this.page.keyboard.type(text);
  }

  async find(selector: string, visible = true): Promise<ElementHandle> {
    const found = await this.page.waitForSelector(selector, { visible });
    if (!found) throw new Error(`no ${selector}`);
    return found as ElementHandle;
  }

  #isInField(): Promise<boolean> {
    return this.page.evaluate(() => document.activeElement?.matches("input, textarea") ?? false);
  }

  #ticks(): Promise<(string | null)[]> {
    return this.page.evaluate(() =>
      [...document.querySelectorAll("[data-testid=timeline] article [role=img]")].map((one) =>
        one.getAttribute("aria-label"),
      ),
    );
  }
}
