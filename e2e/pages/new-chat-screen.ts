/** Choosing people: one for a direct room, several for a group. */
import type { Locator, Page } from "@playwright/test";

export class NewChatScreen {
  readonly #page: Page;

  constructor(page: Page) {
    this.#page = page;
  }

  async search(text: string): Promise<void> {
    await this.#page.getByRole("searchbox", { name: "Name, Dienststelle oder Funktion" }).fill(text);
  }

  /** Everybody who is listed now. */
  people(): Locator {
    return this.#page.getByTestId("directory").getByRole("button");
  }

  person(name: string): Locator {
    return this.people().filter({ hasText: name });
  }

  /** Opens the direct room with this person. */
  async choose(name: string): Promise<void> {
    await this.search(name);
    await this.person(name).click();
  }

  async startGroup(): Promise<void> {
    await this.#page.getByRole("button", { name: "Neue Gruppe" }).click();
  }

  /** Adds a person to the choice. */
  async pick(name: string): Promise<void> {
    await this.search(name);
    await this.person(name).click();
  }

  /** Only some write in what is founded. */
  async makeChannel(): Promise<void> {
    await this.#page.getByText("Nur Leitung", { exact: true }).click();
  }

  async found(groupName: string): Promise<void> {
    await this.#page.getByRole("textbox", { name: /^Name (der Gruppe|des Kanals)$/ }).fill(groupName);
    await this.#page.getByRole("button", { name: /(Gruppe|Kanal) .*anlegen/ }).click();
  }
}
