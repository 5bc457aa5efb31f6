/** An officer at a browser: the screens, and what people do on them. */
import type { Page } from "@playwright/test";
import { ActivationScreen } from "./activation-screen.ts";
import { LockScreen } from "./lock-screen.ts";
import { NewChatScreen } from "./new-chat-screen.ts";
import { RoomInfoScreen } from "./room-info-screen.ts";
import { RoomScreen } from "./room-screen.ts";
import { RoomsScreen } from "./rooms-screen.ts";
import { SettingsScreen } from "./settings-screen.ts";

export type Letter = { name: string; unit: string; url: string };

/** Lines that Chromium writes of itself when the network is away; everything else counts. */
const expectedOffline = /net::ERR_|Failed to load resource|WebSocket connection to/;

export class Officer {
  readonly page: Page;
  readonly letter: Letter;
  pin = "Leinewehr 42";
  readonly activation: ActivationScreen;
  readonly lockScreen: LockScreen;
  readonly rooms: RoomsScreen;
  readonly room: RoomScreen;
  readonly settings: SettingsScreen;
  readonly newChat: NewChatScreen;
  readonly roomInfo: RoomInfoScreen;
  /** Errors and policy violations that the page has reported. */
  readonly problems: string[] = [];

  constructor(page: Page, letter: Letter) {
    this.page = page;
    this.letter = letter;
    this.activation = new ActivationScreen(page);
    this.lockScreen = new LockScreen(page);
    this.rooms = new RoomsScreen(page);
    this.room = new RoomScreen(page);
    this.settings = new SettingsScreen(page);
    this.newChat = new NewChatScreen(page);
    this.roomInfo = new RoomInfoScreen(page);
    page.on("pageerror", (error) => this.problems.push(error.message));
    page.on("console", (message) => {
      if (message.type() === "error" && !expectedOffline.test(message.text()))
        this.problems.push(message.text());
    });
  }

  get name(): string {
    return this.letter.name;
  }

  async activate(): Promise<void> {
    await this.activation.open(this.letter.url);
    await this.activation.finish(this.pin);
    await this.rooms.isShown();
  }

  /** Locks by hand, from the rooms list. */
  async lock(): Promise<void> {
    await this.page.getByRole("button", { name: "Sperren", exact: true }).click();
    await this.lockScreen.isShown();
  }

  /** From the lock screen to the rooms list. */
  async unlock(): Promise<void> {
    await this.lockScreen.open(this.pin);
    await this.rooms.isShown();
  }

  /** Opens the direct room with somebody, from the rooms list. */
  async writeTo(other: { name: string }): Promise<void> {
    await this.rooms.startNewChat();
    await this.newChat.choose(other.name);
    await this.room.isShown(other.name);
  }

  /** Founds a group, from the rooms list; the group is open afterwards. */
  async foundGroup(name: string, people: readonly { name: string }[]): Promise<void> {
    await this.rooms.startNewChat();
    await this.newChat.startGroup();
    for (const person of people) await this.newChat.pick(person.name);
    await this.newChat.found(name);
    await this.room.isShown(name);
  }

  /** Founds a channel, where only its lead writes at first; it is open afterwards. */
  async foundChannel(name: string, people: readonly { name: string }[]): Promise<void> {
    await this.rooms.startNewChat();
    await this.newChat.startGroup();
    await this.newChat.makeChannel();
    for (const person of people) await this.newChat.pick(person.name);
    await this.newChat.found(name);
    await this.room.isShown(name);
  }

  /** The app again, as after closing the browser; device and messages are what they were. */
  async reload(): Promise<void> {
    await this.page.reload();
    await this.unlock();
  }

  /** From the next load on, keeps what the page turns into object URLs, so that a test can look at it. */
  async keepBlobs(): Promise<void> {
    await this.page.addInitScript(() => {
      const kept: Blob[] = [];
      const alive = new Set<string>();
      Object.assign(globalThis, { keptBlobs: kept, aliveUrls: alive });
      const create = URL.createObjectURL.bind(URL);
      const revoke = URL.revokeObjectURL.bind(URL);
      URL.createObjectURL = (blob: Blob) => {
        kept.push(blob);
        const url = create(blob);
        alive.add(url);
        return url;
      };
      URL.revokeObjectURL = (url: string) => {
        alive.delete(url);
        revoke(url);
      };
    });
    await this.reload();
  }

  /** Object URLs since `keepBlobs` that still lead to something. */
  aliveUrls(): Promise<string[]> {
    return this.page.evaluate(() => [...(globalThis as unknown as { aliveUrls: Set<string> }).aliveUrls]);
  }

  /** Records in all databases of this origin. */
  storedRecords(): Promise<number> {
    return this.page.evaluate(async () => {
      const answered = <T>(request: IDBRequest<T>): Promise<T> =>
        new Promise((resolve, reject) => {
          request.onsuccess = () => resolve(request.result);
          request.onerror = () => reject(request.error);
        });
      let records = 0;
      for (const { name = "" } of await indexedDB.databases()) {
        const database = await answered(indexedDB.open(name));
        for (const store of database.objectStoreNames)
          records += await answered(database.transaction(store).objectStore(store).count());
        database.close();
      }
      return records;
    });
  }

  /** As a browser that has cleared up: takes away one of the records that stand outside of the capsule. */
  async deleteOutside(record: string): Promise<void> {
    await this.page.evaluate(
      (name) =>
        new Promise<void>((resolve, reject) => {
          const opening = indexedDB.open("nimes-capsule");
          opening.onerror = () => reject(opening.error);
          opening.onsuccess = () => {
            const database = opening.result;
            const transaction = database.transaction("outside", "readwrite");
            transaction.objectStore("outside").delete([name]);
            transaction.oncomplete = () => {
              database.close();
              resolve();
            };
          };
        }),
      record,
    );
  }

  /** Leaves the database of a pilot from before formats were kept. */
  async makeOldFormat(): Promise<void> {
    await this.page.evaluate(
      () =>
        new Promise<void>((resolve, reject) => {
          const opening = indexedDB.open("nimes");
          opening.onerror = () => reject(opening.error);
          opening.onsuccess = () => {
            opening.result.close();
            resolve();
          };
        }),
    );
  }

  /** Nothing more can be stored, as the browser says it, until the app is loaded again. */
  async fillStorage(): Promise<void> {
    for (const worker of this.page.workers())
      await worker.evaluate(() => {
        IDBObjectStore.prototype.put = () => {
          throw new DOMException("no space", "QuotaExceededError");
        };
      });
  }

  /** Shifts the clock by which the device works, until the app is loaded again. */
  async shiftClock(byMs: number): Promise<void> {
    for (const worker of this.page.workers())
      await worker.evaluate((shiftMs) => {
        const now = Date.now.bind(Date);
        Date.now = () => now() + shiftMs;
      }, byMs);
  }

  /** Bytes of all pictures shown since `keepBlobs`. */
  async shownBlobs(): Promise<Buffer[]> {
    const texts = await this.page.evaluate(async () => {
      const { keptBlobs } = globalThis as unknown as { keptBlobs: Blob[] };
      const read = keptBlobs.map(async (blob) => Array.from(new Uint8Array(await blob.arrayBuffer())));
      return Promise.all(read);
    });
    return texts.map((bytes) => Buffer.from(bytes));
  }

  async goOffline(): Promise<void> {
    await this.page.context().setOffline(true);
  }
  async goOnline(): Promise<void> {
    await this.page.context().setOffline(false);
  }
}
