/** Registers the service worker, under its one address. */
import { releaseFiles } from "@nimes/protocol/release-files";

type TrustedTypes = {
  createPolicy(
    name: string,
    rules: { createScriptURL: (input: string) => string },
  ): { createScriptURL(input: string): string };
};

/**
 * The browser asks past its cache for a newer one. @throws Error when there is none or the browser allows none.
 * @returns the registration once a service worker is active.
 */
export async function registerServiceWorker(container: ServiceWorkerContainer): Promise<ServiceWorker> {
  await container.register(trustedAddress(), { scope: "/", updateViaCache: "none" });
  const { active } = await container.ready;
  if (!active) throw new Error("a registration that is ready has an active service worker");
  return active;
}

/** The content security policy allows one policy, `nimes`; a page that is not verified yet starts no other script. */
function trustedAddress(): string {
  const { trustedTypes } = globalThis as { trustedTypes?: TrustedTypes };
  const address = releaseFiles.serviceWorker;
  if (!trustedTypes) return address;
  return trustedTypes.createPolicy("nimes", { createScriptURL: () => address }).createScriptURL(address);
}
