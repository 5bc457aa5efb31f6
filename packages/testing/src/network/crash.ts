/**
 * A device that dies at a chosen step: every request, every write to the disk and every
 * opening of the encryption's database is a step. After it nothing goes out, comes
 * in or is written any more, as when the phone is switched off.
 */
import type { Ports } from "@nimes/client/ports/ports";

export type Crash = {
  ports: Pick<Ports, "http" | "storage" | "sockets" | "openE2ee">;
  /** From now on steps are counted. @param at number of the last step; undefined for none. */
  arm(at: number | undefined): void;
  /** Steps since it was armed. */
  steps(): number;
  /** Resolves when the device has died. */
  died: Promise<void>;
};

/** @param when whether the last step still happens, and only its answer is lost. */
export function crashOf(inner: Crash["ports"], when: "before" | "behind"): Crash {
  let lastStep: number | undefined;
  let count = 0;
  let dead = false;
  const { promise: died, resolve: die } = Promise.withResolvers<void>();
  const forever = new Promise<never>(() => undefined);

  async function step<T>(work: () => Promise<T>): Promise<T> {
    if (dead) return forever;
    count += 1;
    const isLast = count === lastStep;
    if (isLast) dead = true;
    if (isLast && when === "before") {
      die();
      return forever;
    }
    const done = await work();
    if (isLast) die();
    return dead ? forever : done;
  }
  return {
    ports: {
      http: { send: (request) => step(() => inner.http.send(request)) },
      storage: { ...inner.storage, write: (...change) => step(() => inner.storage.write(...change)) },
      openE2ee: (options) => step(() => inner.openE2ee(options)),
      sockets: {
        open(url, events) {
          const socket = inner.sockets.open(url, {
            message: (bytes) => (dead ? socket.close() : events.message(bytes)),
            closed: () => (dead ? undefined : events.closed()),
          });
          return { close: socket.close, send: (bytes) => (dead ? socket.close() : socket.send(bytes)) };
        },
      },
    },
    arm(at) {
      count = 0;
      lastStep = at;
    },
    steps: () => count,
    died,
  };
}
