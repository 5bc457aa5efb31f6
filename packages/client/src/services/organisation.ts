/** The organisation as it was last verified, from the root hash of the letter. Needed before the capsule is opened. */
import type { VerifiedOrganisation } from "@nimes/e2ee/chains/verify-organisation";
import { verifyOrganisation } from "@nimes/e2ee/chains/verify-organisation";
import type { Result } from "@nimes/protocol/result";
import { ok } from "@nimes/protocol/result";
import { routes } from "@nimes/protocol/routes/routes";
import type { Outside } from "../capsule/outside.ts";
import type { ServerCalls } from "./server-calls.ts";

export type Organisation = {
  current(): VerifiedOrganisation;
  /** Fetches newer manifests. `contradicts`: the server shows another history; the known one stays (D9). */
  sync(): Promise<Result<"same" | "newer" | "contradicts">>;
};

export async function loadOrganisation(outside: Outside, calls: ServerCalls): Promise<Result<Organisation>> {
  const { rootHash, manifests } = outside.state();
  const verified = await verifyOrganisation(rootHash, manifests);
  if (!verified.ok) return verified;
  let organisation = verified.value;
  return ok({
    current: () => organisation,
    async sync() {
      const answer = await calls.call(routes.getOrganisation, {}, {});
      if (!answer.ok) return answer;
      const fetched = answer.value.manifests;
      const next = await verifyOrganisation(rootHash, fetched, organisation.head);
      if (!next.ok) return ok("contradicts" as const);
      if (next.value.head.version === organisation.head.version) return ok("same" as const);
      await outside.change((state) => ({ ...state, manifests: fetched }));
      organisation = next.value;
      return ok("newer" as const);
    },
  });
}
