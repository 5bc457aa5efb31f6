/** Whether somebody looks at the app: only what is on the screen of a window that has the focus has been read. */

/** @param page the document: visible, and the one that keys go to. */
export const isLookedAt = (page: Pick<Document, "visibilityState" | "hasFocus"> = document): boolean =>
  page.visibilityState === "visible" && page.hasFocus();

/** @returns what ends it. */
export function onLookingChange(listener: () => void): () => void {
  const ending = new AbortController();
  const { signal } = ending;
  document.addEventListener("visibilitychange", listener, { signal });
  for (const type of ["focus", "blur"]) window.addEventListener(type, listener, { signal });
  return () => ending.abort();
}
