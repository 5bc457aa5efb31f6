/** The organisation as it was last verified, from the root hash of the letter. Needed before the capsule is opened. */
import type { VerifiedOrganisation } from "@nimes/e2ee/chains/verify-organisation";
import { verifyOrganisation } from "@nimes/e2ee/chains/verify-organisation";
import type { Result } from "@nimes/protocol/result";
import { ok } from "@nimes/protocol/result";
import { routes } from "@nimes/protocol/routes/routes";
import type { Outside } from "../../capsule/outside.ts";
import type { ServerCalls } from "../connection/server-calls.ts";
import { createSerial } from "../serial.ts";

export type Organisation = {
  current(): VerifiedOrganisation;
  /** Fetches newer manifests. `contradicts`: the server shows another history; the known one stays (D9). */
  sync(): Promise<Result<"same" | "newer" | "contradicts">>;
  /** Calls back whenever a newer manifest has been taken, whoever asked for it. @returns the way to stop that. */
  onNewer(listener: () => void): () => void;
};

export async function loadOrganisation(outside: Outside, calls: ServerCalls): Promise<Result<Organisation>> {
  const { rootHash, manifests } = outside.state();
  const verified = await verifyOrganisation(rootHash, manifests);
  if (!verified.ok) return verified;
  let organisation = verified.value;
  const listeners = new Set<() => void>();
  const serial = createSerial();

  async function sync(): ReturnType<Organisation["sync"]> {
    const answer = await calls.call(routes.getOrganisation, {}, {});
    if (!answer.ok) return answer;
    const fetched = answer.value.manifests;
    const next = await verifyOrganisation(rootHash, fetched, organisation.head);
    if (!next.ok) return ok("contradicts" as const);
    if (next.value.head.version === organisation.head.version) return ok("same" as const);
    await outside.change((state) => ({ ...state, manifests: fetched }));
    organisation = next.value;
    for (const listener of listeners) listener();
    return ok("newer" as const);
  }

  return ok({
    current: () => organisation,
    // One after the other: of two answers the older one must not come last.
    sync: () => serial("sync", sync),
    onNewer(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  });
}
