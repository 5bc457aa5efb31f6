/**
 * Usage agreement and policy: signed by a policy key that counts, versions only rise. The server can neither write nor change
 * one.
 */
import { equalBytes } from "@nimes/protocol/bytes";
import { limits } from "@nimes/protocol/limits";
import type { Result } from "@nimes/protocol/result";
import { ok, refuse } from "@nimes/protocol/result";
import type { Signed } from "@nimes/protocol/schema";
import { agreementHash } from "@nimes/protocol/signed/hashes";
import { Policy } from "@nimes/protocol/signed/policy";
import { openSigned } from "@nimes/protocol/signed/signed";
import { AgreementAcceptance, UsageAgreement } from "@nimes/protocol/signed/usage-agreement";
import type { HintBus } from "../ports/hint-bus.ts";
import type { Stores } from "../ports/stores.ts";
import { openByRole } from "./manifest-keys.ts";
import type { SignedIn } from "./sign-in.ts";

export type Rules = {
  /** The agreement in force. */
  agreement(): Promise<Signed | null>;
  takeAgreement(signed: Signed): Promise<Result<void>>;
  /** A device's acceptance of a later version. */
  accept(device: SignedIn, signed: Signed): Promise<Result<void>>;
  /** The newest. */
  policy(): Promise<Signed | null>;
  takePolicy(signed: Signed): Promise<Result<void>>;
};

export function createRules(options: {
  stores: Pick<Stores, "directory" | "rules">;
  hints: HintBus;
  now: () => number;
}): Rules {
  const { stores, hints, now } = options;
  const { directory, rules } = stores;

  /** The same bytes again succeed (P6). */
  const outcome = (taken: boolean, known: Signed | undefined, signed: Signed): Result<void> => {
    const again = known !== undefined && equalBytes(known.payload, signed.payload);
    return taken || again ? ok(undefined) : refuse("outdated");
  };

  /** No single signature may use up the versions of all that come behind it; what a struck-out key signed uses up none. */
  const isTooFar = (version: number, known = 0): boolean => version > known + limits.maxNumberStep;

  return {
    agreement: async () => (await rules.agreementAt(now()))?.signed ?? null,
    async takeAgreement(signed) {
      const what = { type: "UsageAgreement", schema: UsageAgreement, signed } as const;
      const opened = await openByRole(directory, "policyKeys", what);
      if (!opened.ok) return opened;
      const { said, signer } = opened.value;
      const { version, validFrom } = said;
      if (isTooFar(version, (await rules.newestAgreement())?.version)) return refuse("outdated");
      const taken = await rules.addAgreement({ version, signer, validFrom, signed });
      if (taken) hints.publish({ of: "orders-changed" });
      return outcome(taken, (await rules.newestAgreement())?.signed, signed);
    },
    async accept({ deviceId, deviceKey }, signed) {
      const opened = await openSigned("AgreementAcceptance", AgreementAcceptance, signed, [deviceKey]);
      if (!opened.ok) return opened;
      const { version, agreement, deviceId: accepting } = opened.value;
      if (accepting !== deviceId) return refuse("wrong-signer");
      const known = await rules.agreement(version);
      if (!known || !equalBytes(agreementHash(known.signed.payload), agreement)) return refuse("outdated");
      await rules.accept(deviceId, known, signed);
      return ok(undefined);
    },
    policy: async () => (await rules.policy())?.signed ?? null,
    async takePolicy(signed) {
      const opened = await openByRole(directory, "policyKeys", { type: "Policy", schema: Policy, signed });
      if (!opened.ok) return opened;
      const { said, signer } = opened.value;
      const { version, privateDevicesAllowed: privateAllowed, time } = said;
      if (time > now() + limits.clockToleranceMs) return refuse("clock-wrong");
      if (isTooFar(version, (await rules.policy())?.version)) return refuse("outdated");
      const taken = await rules.addPolicy({ version, signer, privateAllowed, signed });
      if (taken) {
        hints.publish({ of: "orders-changed" });
        if (!privateAllowed)
          hints.publish({ of: "content-closed", deviceClass: "private", code: "private-not-allowed" });
      }
      return outcome(taken, (await rules.policy())?.signed, signed);
    },
  };
}
