import { useEffect } from "react";
import type { Navigation } from "./navigation.ts";

/** Who goes back finds the focus where it was: on the row or button that led away. */
export function useReturnFocus(navigation: Navigation): void {
  useEffect(() => {
    const left: (Element | null)[] = [];
    return navigation.store.subscribe((now, before) => {
      const depth = now.stack.length - 1;
      const depthBefore = before.stack.length - 1;
      if (depth > depthBefore) left[depthBefore] = document.activeElement;
      if (depth >= depthBefore) return;
      const element = left[depth];
      // The layer that is gone back to can be focused only when it has been drawn again.
      requestAnimationFrame(() => {
        if (element instanceof HTMLElement && element.isConnected) element.focus({ preventScroll: true });
      });
    });
  }, [navigation]);
}
