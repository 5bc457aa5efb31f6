/** What is around a device: a network that can be taken away, and its clock. */
import { fetchHttp } from "@nimes/client/adapters/fetch-http";
import { systemClock } from "@nimes/client/adapters/system-clock";
import { webSockets } from "@nimes/client/adapters/web-sockets";
import type { Http } from "@nimes/client/ports/http";
import type { Ports } from "@nimes/client/ports/ports";
import type { Sockets } from "@nimes/client/ports/socket";
import { refuse } from "@nimes/protocol/result";

/** `now` is the test's to change; whoever listens to the network hears of `goOnline`. */
export function surroundings() {
  const now = { offline: false, offsetMs: 0 };
  const http: Http = {
    send: (request) => (now.offline ? Promise.resolve(refuse("no-network")) : fetchHttp.send(request)),
  };
  const sockets: Sockets = {
    open(url, events) {
      if (!now.offline) return webSockets.open(url, events);
      queueMicrotask(() => events.closed());
      return { send: () => undefined, close: () => undefined };
    },
  };
  const listeners = new Set<() => void>();
  const ports: Partial<Ports> = {
    http,
    sockets,
    clock: { ...systemClock, now: () => Date.now() + now.offsetMs },
    network: {
      mayReach: () => !now.offline,
      onChange(listener) {
        listeners.add(listener);
        return () => listeners.delete(listener);
      },
    },
  };
  const goOnline = (): void => {
    now.offline = false;
    for (const listener of listeners) listener();
  };
  return { now, ports, goOnline };
}
