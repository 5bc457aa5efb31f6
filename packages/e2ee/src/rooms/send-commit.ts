/** Bringing an own commit to the server in the middle of the transaction that makes it: only what was accepted is kept (P5). */
import type { CommitBundle as MlsCommitBundle } from "@wireapp/core-crypto/browser";
import type { Answer } from "../e2ee.ts";
import type { OwnCommitBytes } from "../gate/compare-own-commit.ts";
import type { MlsContext } from "./mls-context.ts";

export type Outgoing<Stop> = {
  /** Lets core-crypto make the commit; it hands it over in the middle of that. */
  make(): Promise<unknown>;
  /** Looks at what would leave. @returns how it is sent, or why it must not leave. */
  check(bytes: OwnCommitBytes): { send: () => Promise<Answer> } | { stop: Stop };
};

export type Sent<Stop> =
  | { outcome: Answer }
  /** It has not left. */
  | { outcome: "stopped"; why: Stop };

/**
 * @returns what became of it; the caller keeps the transaction only when it was accepted.
 * @throws what `check` or the sending threw, or what core-crypto did without having handed over anything.
 */
export async function sendCommit<Stop>(
  session: MlsContext,
  { make, check }: Outgoing<Stop>,
): Promise<Sent<Stop>> {
  const attempt: { failed?: Sent<Stop>; fault?: { error: unknown } } = {};
  session.outgoing.handler = async (bundle) => {
    // core-crypto takes nothing but a rejection from its transport: whatever else goes wrong is carried out beside it.
    try {
      const checked = check(bytesOf(bundle));
      if ("stop" in checked) {
        attempt.failed = { outcome: "stopped", why: checked.stop };
        return false;
      }
      const answer = await checked.send();
      if (answer === "accepted") return true;
      attempt.failed = { outcome: answer };
      return false;
    } catch (error) {
      attempt.fault = { error };
      return false;
    }
  };
  try {
    await make();
  } catch (error) {
    if (attempt.fault) throw attempt.fault.error;
    if (attempt.failed) return attempt.failed;
    throw error;
  } finally {
    session.outgoing.handler = undefined;
  }
  return { outcome: "accepted" };
}

const bytesOf = (bundle: MlsCommitBundle): OwnCommitBytes => ({
  commit: bundle.commit,
  groupInfo: bundle.groupInfo.payload,
  welcome: bundle.welcome?.serialize(),
});
