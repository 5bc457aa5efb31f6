/** One writer per device: two would break the ratchet. */
export type WriterLock = {
  /**
   * Resolves when this is the only one. `onWaiting` is called when somebody else has it; the promise then waits
   * until that one has gone.
   * @returns a function that gives the lock back.
   */
  acquire(name: string, onWaiting: () => void): Promise<() => void>;
};
