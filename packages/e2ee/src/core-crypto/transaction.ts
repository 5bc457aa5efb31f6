/**
 * Transactions of core-crypto whose verdict is carried in a variable (DESIGN §6).
 *
 * `CoreCrypto.transaction` decides by `Error.isError` whether to rethrow, and swallows what goes wrong when the
 * transaction ends. `transactionFfi` below it rejects in every case, so that "resolved" means "kept".
 * What is kept is on disk before anybody hears of it, see durable-writes.
 */
import type { CoreCrypto } from "@wireapp/core-crypto/browser";
import type { DurableWrites } from "./durable-writes.ts";

/** What is open inside a transaction. */
export type Context = Parameters<Parameters<CoreCrypto["transactionFfi"]>[0]["execute"]>[0];

/** An open core-crypto instance and its store. */
export type OpenCore = { core: CoreCrypto; writes: DurableWrites };

export type Verdict<T> = { keep: boolean; value: T };
export const keep = <T>(value: T): Verdict<T> => ({ keep: true, value });
/** Undoes everything that was done in the transaction. */
export const rollBack = <T>(value: T): Verdict<T> => ({ keep: false, value });

/**
 * Runs `body` in one transaction; transactions of one instance run one after the other.
 * @returns the verdict's value, kept and on disk, or rolled back, as the verdict says.
 * @throws what `body` threw (rolled back), or an Error when the transaction could not be ended or stored.
 */
export async function inTransaction<T>(
  { core, writes }: OpenCore,
  body: (context: Context) => Promise<Verdict<T>>,
): Promise<T> {
  const run: { verdict?: Verdict<T>; failure?: { error: unknown } } = {};
  try {
    await core.transactionFfi({
      execute: async (context) => {
        try {
          run.verdict = await body(context);
        } catch (error) {
          run.failure = { error };
        }
        if (!run.verdict?.keep) throw new Error("rolled back");
      },
    });
  } catch (error) {
    if (run.failure) throw run.failure.error;
    if (run.verdict && !run.verdict.keep) return run.verdict.value;
    throw error;
  }
  if (!run.verdict?.keep) throw new Error("a transaction that should have been rolled back was kept");
  await writes.settled();
  return run.verdict.value;
}
