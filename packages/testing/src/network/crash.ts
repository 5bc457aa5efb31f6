/**
 * A device that dies at a chosen step: every request, every write to the disk and every call of the encryption is a
 * step. After it nothing goes out, comes in or is written any more, as when the phone is switched off.
 */
import type { Ports } from "@nimes/client/ports/ports";
import type { E2ee } from "@nimes/e2ee/e2ee";

export type Crash = {
  ports: Pick<Ports, "http" | "storage" | "sockets" | "openE2ee">;
  /** From now on steps are counted. @param at number of the last step; undefined for none. */
  arm(at: number | undefined): void;
  /** Steps since it was armed. */
  steps(): number;
  /** Whether the last step has at least begun. */
  isDead(): boolean;
  /** Resolves when the device has died. */
  died: Promise<void>;
};

/** What the encryption had begun may still end on the disk, as with a real one; nothing of it takes longer. */
const dyingMs = 50;
const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** @param when whether the last step still happens, and only its answer is lost. */
export function crashOf(inner: Crash["ports"], when: "before" | "behind"): Crash {
  let lastStep: number | undefined;
  let count = 0;
  let dead = false;
  let dying = false;
  const { promise: died, resolve } = Promise.withResolvers<void>();
  const forever = new Promise<never>(() => undefined);
  async function die(): Promise<never> {
    dead = true;
    pause(dyingMs).then(resolve);
    return forever;
  }

  async function step<T>(work: () => Promise<T>): Promise<T> {
    if (dead) return forever;
    count += 1;
    const isLast = count === lastStep;
    dying ||= isLast;
    if (isLast && when === "before") return die();
    const working = work();
    if (isLast) {
      // What the last step consists of still happens, unless it waits for something outside.
      await Promise.race([working.catch(() => undefined), pause(dyingMs)]);
      return die();
    }
    const done = await working;
    return dead ? forever : done;
  }

  const unlessDead = async <T>(work: () => Promise<T>): Promise<T> => (dead ? forever : work());

  const mortal = (e2ee: E2ee): E2ee => ({
    ...e2ee,
    newKeyPackages: (...args) => step(() => e2ee.newKeyPackages(...args)),
    foundRoom: (...args) => step(() => e2ee.foundRoom(...args)),
    joinRoom: (...args) => step(() => e2ee.joinRoom(...args)),
    changeMembers: (...args) => step(() => e2ee.changeMembers(...args)),
    renew: (...args) => step(() => e2ee.renew(...args)),
    rejoin: (...args) => step(() => e2ee.rejoin(...args)),
    refound: (...args) => step(() => e2ee.refound(...args)),
    seal: (...args) => step(() => e2ee.seal(...args)),
    open: (...args) => step(() => e2ee.open(...args)),
    leaveRoom: (...args) => step(() => e2ee.leaveRoom(...args)),
  });

  return {
    ports: {
      http: { send: (request) => step(() => inner.http.send(request)) },
      storage: {
        ...inner.storage,
        getMany: (...wanted) => unlessDead(() => inner.storage.getMany(...wanted)),
        list: (...stretch) => unlessDead(() => inner.storage.list(...stretch)),
        write: (...change) => step(() => inner.storage.write(...change)),
      },
      openE2ee: (options) => step(async () => mortal(await inner.openE2ee(options))),
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
    isDead: () => dying,
    died,
  };
}
