/**
 * Makes core-crypto's store durable (P1, P2; DESIGN §6, rules 2 and 3).
 *
 * In the browser core-crypto keeps its database in memory and writes changed blocks to IndexedDB afterwards, in the
 * background: a transaction resolves before anything is stored, and a write that fails is forgotten. A device that
 * dies then would seal with keys that it has used before. So the writes are watched here: whoever waits for
 * {@link DurableWrites.settled} knows that everything so far is on disk, and after a write that failed there is no
 * other, so that what is on disk stays whole and the next start goes on from it.
 */

/** Name of the one IndexedDB database that core-crypto keeps all its stores in. */
const databaseName = "core-crypto";

/** The device could not store what the encryption has become: nothing was sent or acknowledged. Start again. */
export class StoreNotWritten extends Error {
  constructor() {
    super("the encrypted store could not be written");
    this.name = "StoreNotWritten";
  }
}

export type DurableWrites = {
  /**
   * Resolves when everything that core-crypto has handed to its store is on disk.
   * @throws StoreNotWritten when that is not so and never will be.
   */
  settled(): Promise<void>;
};

/** @param databases prototype that core-crypto's database handle has, `IDBDatabase.prototype`; changed by this. */
export function watchWrites(databases: IDBDatabase): DurableWrites {
  const begin = databases.transaction;
  const running = new Set<IDBTransaction>();
  let failed = false;

  function transaction(
    this: IDBDatabase,
    stores: string | Iterable<string>,
    mode?: IDBTransactionMode,
    options?: IDBTransactionOptions,
  ): IDBTransaction {
    if (this.name !== databaseName || mode !== "readwrite") return begin.call(this, stores, mode, options);
    if (failed) throw new StoreNotWritten();
    const write = begin.call(this, stores, mode, { ...options, durability: "strict" });
    running.add(write);
    write.addEventListener("complete", () => running.delete(write));
    write.addEventListener("abort", () => {
      failed = true;
      running.delete(write);
    });
    return write;
  }
  databases.transaction = transaction;

  return {
    async settled() {
      // A write that waits for another one begins in the turn in which that one ends, so a turn without any is the end.
      do {
        for (const write of [...running]) await ended(write);
        await nextTurn();
      } while (running.size > 0);
      if (failed) throw new StoreNotWritten();
    },
  };
}

const ended = (write: IDBTransaction): Promise<void> =>
  new Promise((resolve) => {
    write.addEventListener("complete", () => resolve());
    write.addEventListener("abort", () => resolve());
  });

/** A whole turn of the event loop; `setTimeout` would wait for milliseconds. */
const nextTurn = (): Promise<void> =>
  new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      port1.close();
      resolve();
    };
    port2.postMessage(undefined);
  });
