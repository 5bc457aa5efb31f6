/** Times on the page's own clock: from an input event to the frame in which something is drawn, or is gone. */
import type { Page } from "@playwright/test";

export type Watched = {
  /** The event that starts the clock. */
  from: "keydown" | "click";
  /** Ends it: `there` when the selector matches something, `gone` when it matches nothing any more. */
  until: "there" | "gone";
  selector: string;
};

/**
 * Waits for the event that `act` causes and for what follows it.
 * @returns milliseconds between the browser's time of the event and the frame after the page looked as it should.
 */
export async function timeInPage(page: Page, watched: Watched, act: () => Promise<void>): Promise<number> {
  await page.evaluate(({ from, until, selector }) => {
    const measured = new Promise<number>((resolve) => {
      const onEvent = (event: Event): void => {
        if (event instanceof KeyboardEvent && event.key !== "Enter") return;
        removeEventListener(from, onEvent, true);
        const began = event.timeStamp;
        const look = (): void => {
          const isThere = document.querySelector(selector) !== null;
          if (isThere === (until === "there"))
            requestAnimationFrame(() => resolve(performance.now() - began));
          else requestAnimationFrame(look);
        };
        look();
      };
      addEventListener(from, onEvent, true);
    });
    Object.assign(globalThis, { measured });
  }, watched);
  await act();
  return page.evaluate(() => (globalThis as unknown as { measured: Promise<number> }).measured);
}
