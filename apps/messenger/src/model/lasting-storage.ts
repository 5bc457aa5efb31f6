/** Asking the browser to keep what is stored when space gets scarce. */

/** So long somebody may take to answer a browser that asks them; activation does not wait for ever. */
const patienceMs = 8_000;

/** @returns whether it has promised to; false where it asks and nobody answers, and where it knows no such thing. */
export async function askForLastingStorage(
  { navigator }: { navigator: { storage?: Pick<StorageManager, "persist"> } } = window,
  waitMs = patienceMs,
): Promise<boolean> {
  const noAnswer = new Promise<false>((resolve) => setTimeout(() => resolve(false), waitMs));
  const asked = navigator.storage?.persist() ?? Promise.resolve(false);
  return Promise.race([asked.catch(() => false), noAnswer]);
}
