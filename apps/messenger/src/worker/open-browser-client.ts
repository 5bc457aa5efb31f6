import { createBrowserPorts } from "@nimes/client/adapters/browser/browser-ports";
import type { NimesClient } from "@nimes/client/nimes-client";
import { openClient } from "@nimes/client/open-client";

/** The client library with the browser's storage, network and cryptography, for this worker. */
export async function openBrowserClient(): Promise<NimesClient> {
  return openClient(await createBrowserPorts({ serverOrigin: self.location.origin }));
}
