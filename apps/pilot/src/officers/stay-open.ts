/** Simulated officers accept the usage agreement and enter their PIN whenever they are asked. */
import type { Me, NimesClient } from "@nimes/client/nimes-client";
import type { Result } from "@nimes/protocol/result";

export async function consentAndActivate(
  client: NimesClient,
  link: string,
  pin: string,
): Promise<Result<Me>> {
  const agreement = await client.agreementFor(link);
  if (!agreement.ok) return agreement;
  return client.activate(link, { pin, agreementVersion: agreement.value?.version ?? 0 });
}

/**
 * From now on the client is opened again whenever it has been locked, and accepts what is new.
 * @param onFault hears of faults; the next change is looked at all the same.
 */
export async function stayOpen(
  client: NimesClient,
  pin: string,
  onFault: (error: unknown) => void,
): Promise<void> {
  let busy = false;
  const look = async (): Promise<void> => {
    if (busy) return;
    busy = true;
    try {
      const state = await client.state();
      if (state.state === "agreement") await client.acceptAgreement(state.agreement.version);
      // Locked by order, it stays so.
      if (state.state === "locked" && !state.lock.order) await client.open(pin);
    } finally {
      busy = false;
    }
  };
  await client.subscribe((change) => {
    if (change.of === "state") look().catch(onFault);
  });
  await look();
}
