/** Whoever has the capsule open shows that they know its PIN, once more (DESIGN §5). */
import type { SubmissionId } from "@nimes/protocol/ids";
import type { Result } from "@nimes/protocol/result";
import { ok, refuse } from "@nimes/protocol/result";
import type { PinLogins } from "./pin-login.ts";

/**
 * @param pin undefined to go on with the sign-in that opened, should it have been by PIN; the server says whether that was
 *   moments ago. A wrong one counts as everywhere.
 * @returns the sign-in, or `pin-required`.
 */
export async function provePin(logins: PinLogins, pin: string | undefined): Promise<Result<SubmissionId>> {
  if (pin === undefined) {
    const finished = logins.finished();
    return finished === undefined ? refuse("pin-required") : ok(finished);
  }
  const login = await logins.start(pin);
  if (!login.ok) return login;
  const finished = await login.value.finish();
  return finished.ok ? ok(login.value.attemptId) : finished;
}
