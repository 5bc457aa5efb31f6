/** One tab at a time, by Web Locks: the browser gives the lock back by itself when a tab goes, however it goes. */
import type { WriterLock } from "../../ports/lock.ts";

export const webLock: WriterLock = {
  async acquire(name, onWaiting) {
    const now = await request(name, { ifAvailable: true });
    if (now) return now;
    onWaiting();
    const later = await request(name, {});
    if (!later) throw new Error("a lock that was waited for was not given");
    return later;
  },
};

/** @returns a function that gives the lock back; undefined when it was not available. */
function request(name: string, options: LockOptions): Promise<(() => void) | undefined> {
  return new Promise((resolve, reject) => {
    navigator.locks
      .request(name, options, (lock) => {
        if (!lock) return resolve(undefined);
        return new Promise<void>((release) => resolve(release));
      })
      .catch(reject);
  });
}
