/** What the browser says about the network; works in the page and in a worker. */
import type { Network } from "../../ports/network.ts";

export const browserNetwork: Network = {
  mayReach: () => navigator.onLine,
  onChange(listener) {
    globalThis.addEventListener("online", listener);
    globalThis.addEventListener("offline", listener);
    return () => {
      globalThis.removeEventListener("online", listener);
      globalThis.removeEventListener("offline", listener);
    };
  },
};
