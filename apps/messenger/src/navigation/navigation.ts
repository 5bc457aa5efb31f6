/** Keeps the stack of places and the browser's history at the same depth, so that a phone's back button works. */
import { createStore, type StoreApi } from "zustand/vanilla";
import type { Place, Stack } from "./places.ts";
import { backTo, openPlace, start } from "./places.ts";

export type Navigation = {
  store: StoreApi<{ stack: Stack }>;
  open(place: Place): void;
  back(): void;
  /** Back to the rooms list. */
  home(): void;
  /** Puts another stack in place of the present one; never deeper than that. */
  replace(stack: Stack): void;
};

/** The part of `window` that is used. */
export type HistoryPort = {
  depth(): number;
  push(depth: number): void;
  go(steps: number): void;
  onArrive(listener: () => void): void;
};

export function createNavigation(history: HistoryPort): Navigation {
  const store = createStore<{ stack: Stack }>(() => ({ stack: start }));
  const depthOfStack = () => store.getState().stack.length - 1;

  history.onArrive(() => {
    const depth = history.depth();
    // "Forward" leads to places that are gone.
    if (depth > depthOfStack()) history.go(depthOfStack() - depth);
    else store.setState({ stack: backTo(store.getState().stack, depth) });
  });

  const replace = (stack: Stack) => {
    const before = history.depth();
    store.setState({ stack });
    const after = stack.length - 1;
    if (after > before) for (let depth = before + 1; depth <= after; depth++) history.push(depth);
    else if (after < before) history.go(after - before);
  };

  return {
    store,
    open: (place) => replace(openPlace(store.getState().stack, place)),
    back: () => {
      if (depthOfStack() > 0) history.go(-1);
    },
    home: () => replace(start),
    replace,
  };
}

/** The browser's history; entries carry their depth and nothing else. */
export function browserHistory(window: Window): HistoryPort {
  const depth = () => {
    const state: unknown = window.history.state;
    return typeof state === "object" && state !== null && "depth" in state && typeof state.depth === "number"
      ? state.depth
      : 0;
  };
  // After a reload the stack is empty, whatever the entry says.
  window.history.replaceState({ depth: 0 }, "");
  return {
    depth,
    push: (next) => window.history.pushState({ depth: next }, ""),
    go: (steps) => window.history.go(steps),
    onArrive: (listener) => window.addEventListener("popstate", listener),
  };
}
