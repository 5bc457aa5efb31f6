import { createBrowserPorts } from "@nimes/client/adapters/browser/browser-ports";
import { loadForOpening } from "@nimes/client/adapters/browser/load-for-opening";
import type { NimesClient } from "@nimes/client/nimes-client";
import { openClient } from "@nimes/client/open-client";

/** The client library with the browser's storage, network and cryptography, for this worker. */
export async function openBrowserClient(): Promise<NimesClient> {
  const client = await openClient(await createBrowserPorts({ serverOrigin: self.location.origin }));
  // Whoever types a PIN takes longer than this. Should it fail, the opening tries again and tells.
  if ((await client.state()).state === "locked") loadForOpening().catch(() => undefined);
  return client;
}
