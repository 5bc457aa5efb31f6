import { expect, test } from "vitest";
import type { Page } from "./background.ts";
import { blankInBackground } from "./background.ts";

/** A page that can be hidden, left and printed. */
function openPage(device: { touch: boolean }) {
  const events = new EventTarget();
  const documentEvents = new EventTarget();
  let blank = false;
  const document = {
    visibilityState: "visible" as DocumentVisibilityState,
    documentElement: {
      toggleAttribute: (name: string, force?: boolean) => {
        if (name === "data-blank") blank = force ?? !blank;
        return blank;
      },
    },
    addEventListener: documentEvents.addEventListener.bind(documentEvents),
  };
  const page = {
    document,
    addEventListener: events.addEventListener.bind(events),
    matchMedia: () => ({ matches: device.touch }),
  } as unknown as Page;
  const stop = blankInBackground(page);
  return {
    stop,
    isBlank: () => blank,
    says: (type: string) => events.dispatchEvent(new Event(type)),
    becomes: (state: DocumentVisibilityState) => {
      document.visibilityState = state;
      documentEvents.dispatchEvent(new Event("visibilitychange"));
    },
    /** @returns whether the app heard of the touch. */
    touch: () => {
      let heard = false;
      const listener = () => {
        heard = true;
      };
      events.addEventListener("pointerdown", listener, { once: true });
      events.dispatchEvent(new Event("pointerdown"));
      events.removeEventListener("pointerdown", listener);
      return heard;
    },
  };
}

test("a hidden page is blank, a visible one is back at once (C5)", () => {
  const page = openPage({ touch: false });
  expect(page.isBlank()).toBe(false);
  page.becomes("hidden");
  expect(page.isBlank()).toBe(true);
  page.becomes("visible");
  expect(page.isBlank()).toBe(false);
});

test("a phone's page is blank as soon as something else has the focus (C5)", () => {
  const page = openPage({ touch: true });
  page.says("blur");
  expect(page.isBlank()).toBe(true);
  page.becomes("hidden");
  page.says("focus");
  expect(page.isBlank()).toBe(true);
  page.becomes("visible");
  expect(page.isBlank()).toBe(false);
});

test("a desktop's window stays readable beside another one", () => {
  const page = openPage({ touch: false });
  page.says("blur");
  expect(page.isBlank()).toBe(false);
});

test("a phone that gives no focus back shows the page at the first touch, which presses nothing", () => {
  const page = openPage({ touch: true });
  page.says("blur");
  expect(page.touch()).toBe(false);
  expect(page.isBlank()).toBe(false);
  expect(page.touch()).toBe(true);
});

test("a page that goes into the browser's store of pages, or to a printer, is blank (C5)", () => {
  const page = openPage({ touch: false });
  page.says("pagehide");
  expect(page.isBlank()).toBe(true);
  page.says("pageshow");
  expect(page.isBlank()).toBe(false);
  page.says("beforeprint");
  page.becomes("visible");
  expect(page.isBlank()).toBe(true);
  page.says("afterprint");
  expect(page.isBlank()).toBe(false);
});
