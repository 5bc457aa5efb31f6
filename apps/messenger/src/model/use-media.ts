import { useSyncExternalStore } from "react";

/** Whether a media query holds, kept up to date. */
export function useMedia(query: string): boolean {
  return useSyncExternalStore(
    (changed) => {
      const list = window.matchMedia(query);
      list.addEventListener("change", changed);
      return () => list.removeEventListener("change", changed);
    },
    () => window.matchMedia(query).matches,
  );
}

/** Two panes. */
export const useWide = (): boolean => useMedia("(min-width: 1024px)");
/** Room information as a third pane, beside a room of 500 pixels. */
export const useVeryWide = (): boolean => useMedia("(min-width: 1200px)");
/** A keyboard and a mouse rather than a thumb: Enter sends. */
export const useDesk = (): boolean => useMedia("(hover: hover) and (pointer: fine)");
