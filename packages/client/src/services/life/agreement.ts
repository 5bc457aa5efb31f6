/** The usage agreement in force, as the server says and the organisation has signed. */
import type { VerifiedOrganisation } from "@nimes/e2ee/chains/verify-organisation";
import type { Result } from "@nimes/protocol/result";
import { ok } from "@nimes/protocol/result";
import { routes } from "@nimes/protocol/routes/routes";
import type { UsageAgreement } from "@nimes/protocol/signed/usage-agreement";
import type { Agreement } from "../../nimes-client.ts";
import { readAgreement, type SignedAgreement } from "../../opening/read-orders.ts";
import type { ServerCalls } from "../connection/server-calls.ts";

/** @returns undefined where none was published. */
export async function fetchAgreement(
  calls: ServerCalls,
  organisation: VerifiedOrganisation,
): Promise<Result<SignedAgreement | undefined>> {
  const answer = await calls.call(routes.getAgreement, {}, {});
  if (!answer.ok) return answer;
  if (!answer.value.agreement) return ok(undefined);
  return readAgreement(organisation, answer.value.agreement);
}

export const shownAgreement = ({ version, validFrom, de, en }: UsageAgreement): Agreement => ({
  version,
  validFrom,
  de,
  en,
});
