/**
 * The page shows nothing while nobody looks at it: a phone photographs every app for its overview of open apps, a
 * browser every tab. What is there stays where it is, only unseen (`inside.css`), so it comes back at once, with its
 * scrolling, its focus and what is half written; emptying the page is the lock's business.
 */

/** Why nothing is shown. */
type Reason = "hidden" | "away" | "printing";

/** The part of `window` that is used. */
export type Page = Pick<Window, "addEventListener" | "matchMedia"> & {
  document: Pick<Document, "addEventListener" | "visibilityState"> & {
    documentElement: Pick<Element, "toggleAttribute">;
  };
};

/**
 * Blanks the page while it is hidden or printed; on phones and tablets already when it loses the focus, because their
 * overview takes its photograph before it says that the page is hidden. On a desktop a window beside another one stays
 * readable.
 * @returns a function that ends it.
 */
export function blankInBackground(page: Page): () => void {
  const { document } = page;
  const ends = new AbortController();
  const { signal } = ends;
  const reasons = new Set<Reason>();
  const show = () => document.documentElement.toggleAttribute("data-blank", reasons.size > 0);
  const because = (reason: Reason) => {
    reasons.add(reason);
    show();
  };
  const noLonger = (...gone: Reason[]) => {
    for (const reason of gone) reasons.delete(reason);
    show();
  };
  const look = () => {
    if (document.visibilityState === "hidden") because("hidden");
    else noLonger("hidden", "away");
  };

  look();
  document.addEventListener("visibilitychange", look, { signal });
  page.addEventListener("pagehide", () => because("hidden"), { signal });
  page.addEventListener("pageshow", look, { signal });
  page.addEventListener("beforeprint", () => because("printing"), { signal });
  page.addEventListener("afterprint", () => noLonger("printing"), { signal });
  const leave = () => {
    if (page.matchMedia("(hover: none) and (pointer: coarse)").matches) because("away");
  };
  page.addEventListener("blur", leave, { signal });
  page.addEventListener("focus", () => noLonger("away"), { signal });
  // Some systems give the focus back without a word. The touch that looks for the page must press nothing unseen.
  page.addEventListener(
    "pointerdown",
    (event) => {
      if (!reasons.has("away")) return;
      event.stopImmediatePropagation();
      noLonger("away");
    },
    { capture: true, signal },
  );
  return () => ends.abort();
}
