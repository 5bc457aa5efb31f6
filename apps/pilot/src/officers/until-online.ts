/** Waits until a client is connected and has caught up. */
import type { NimesClient } from "@nimes/client/nimes-client";

/** @returns false when it took longer than `patienceMs`, or will never be. */
export async function untilOnline(client: NimesClient, patienceMs: number): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const look = async () => {
    const state = await client.state();
    if (state.state === "ready" && state.connection.state === "online") resolve(true);
    if (state.state === "ended" || state.state === "failed") resolve(false);
  };
  const unsubscribe = await client.subscribe((change) => {
    if (change.of === "state") look().catch(() => resolve(false));
  });
  const patience = setTimeout(() => resolve(false), patienceMs);
  await look();
  try {
    return await promise;
  } finally {
    clearTimeout(patience);
    unsubscribe();
  }
}
