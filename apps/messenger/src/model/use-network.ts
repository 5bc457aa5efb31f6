import type { NimesClient } from "@nimes/client/nimes-client";
import { useEffect, useSyncExternalStore } from "react";

const watch = (changed: () => void) => {
  window.addEventListener("online", changed);
  window.addEventListener("offline", changed);
  return () => {
    window.removeEventListener("online", changed);
    window.removeEventListener("offline", changed);
  };
};

/** False when the browser knows that there is no network. That can be believed; "online" says little. */
export const useBrowserOnline = (): boolean => useSyncExternalStore(watch, () => window.navigator.onLine);

/**
 * Wakes the connection when the network changes or the app is looked at again: a worker hears of the one late and of
 * the other never, and a phone lets sockets of a page in its pocket die without a word.
 */
export function useWakingConnection(client: NimesClient): void {
  useEffect(() => {
    const ends = new AbortController();
    const { signal } = ends;
    const wake = () => void client.reconnect();
    window.addEventListener("online", wake, { signal });
    window.addEventListener("offline", wake, { signal });
    const onSeen = () => {
      if (document.visibilityState === "visible") wake();
    };
    document.addEventListener("visibilitychange", onSeen, { signal });
    return () => ends.abort();
  }, [client]);
}
