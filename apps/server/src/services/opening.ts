/** The end of every second step: whether this device may be opened now, and its access token. */
import type { Result } from "@nimes/protocol/result";
import { ok, refuse } from "@nimes/protocol/result";
import { mayOpen } from "../core/may-open.ts";
import type { DeviceRow } from "../ports/directory-store.ts";
import type { Stores } from "../ports/stores.ts";
import type { SignedIn, SignIn, Token } from "./sign-in.ts";

export type Opening = {
  mayOpen(device: SignedIn): Promise<Result<DeviceRow>>;
  /** `agreement-required` while the agreement in force has not been accepted. */
  open(device: SignedIn): Promise<Result<Token>>;
};

export function createOpening(options: {
  stores: Pick<Stores, "directory" | "rules">;
  signIn: SignIn;
  now: () => number;
}): Opening {
  const { stores, signIn, now } = options;
  const { directory, rules } = stores;

  async function mayOpenNow({ deviceId }: SignedIn): Promise<Result<DeviceRow>> {
    const row = await directory.device(deviceId);
    if (!row) return refuse("unauthorised");
    const allowed = mayOpen(row, (await rules.policy())?.privateAllowed ?? true);
    return allowed.ok ? ok(row) : allowed;
  }

  return {
    mayOpen: mayOpenNow,
    async open(device) {
      const judged = await mayOpenNow(device);
      if (!judged.ok) return judged;
      const agreement = await rules.agreementAt(now());
      if (agreement && judged.value.acceptedAgreement < agreement.version)
        return refuse("agreement-required");
      return ok(await signIn.issueOpened(device));
    },
  };
}
