/**
 * Registrations of PINs. Whoever begins one gets the OPRF's answer under a credential identifier that the server makes for
 * it alone, so that no answer tells anything about a record that exists; the record that comes of it counts for the one
 * letter or the one sign-in that it was begun for, once.
 */
import { randomBytes } from "node:crypto";
import { toHex, utf8 } from "@nimes/protocol/bytes";
import { sha256 } from "@nimes/protocol/hash";
import type { DeviceId, RegistrationId, SubmissionId } from "@nimes/protocol/ids";
import { limits } from "@nimes/protocol/limits";
import type { Result } from "@nimes/protocol/result";
import { ok, refuse } from "@nimes/protocol/result";
import type { RegistrationOwner } from "../ports/registration-store.ts";
import type { Stores } from "../ports/stores.ts";
import type { Opaque } from "./opaque.ts";
import type { PinRecords } from "./pin-record.ts";
import type { RecordSeal } from "./record-seal.ts";

const day = 24 * 60 * 60_000;
const idBytes = 32;

export type RegistrationFor = { owner: RegistrationOwner; deviceId: DeviceId };

export const byLetter = (activationKey: Uint8Array): RegistrationOwner => ({
  kind: "letter",
  name: toHex(activationKey),
});
export const bySignIn = (deviceId: DeviceId, attemptId: SubmissionId): RegistrationOwner => ({
  kind: "sign-in",
  name: `${deviceId}/${attemptId}`,
});

export type PinRegistrations = {
  /** First half. `used`: the owner has had its registration. */
  start(
    by: RegistrationFor,
    request: string,
  ): Promise<
    | { outcome: "started"; registrationId: RegistrationId; response: string }
    | { outcome: "malformed" | "used" | "too-many" }
  >;
  /** Second half: a sealed record for the store. The same again gives another seal of the same (P6). */
  finish(
    by: RegistrationFor,
    made: { registrationId: RegistrationId; pinRecord: string },
  ): Promise<Result<Uint8Array>>;
  /** Forgets what no letter and no sign-in can use any more. */
  sweep(): Promise<void>;
};

export function createPinRegistrations(options: {
  stores: Pick<Stores, "registrations">;
  opaque: Opaque;
  seal: RecordSeal;
  records: PinRecords;
  now: () => number;
}): PinRegistrations {
  const { opaque, seal, records, now } = options;
  const { registrations } = options.stores;
  const newId = (): string => toHex(Uint8Array.from(randomBytes(idBytes)));

  return {
    async start({ owner, deviceId }, request) {
      const credentialId = newId();
      const response = opaque.registrationResponse(credentialId, request);
      if (response === undefined) return { outcome: "malformed" };
      const registrationId = newId() as RegistrationId;
      const sealed = seal.seal("pin-registration", deviceId, utf8(credentialId));
      const at = now();
      const begun = await registrations.begin(
        { registrationId, owner, deviceId, sealed, at },
        { count: limits.registrationsPerDay, since: at - day },
      );
      return begun === "begun" ? { outcome: "started", registrationId, response } : { outcome: begun };
    },
    async finish({ owner, deviceId }, { registrationId, pinRecord }) {
      if (!opaque.isRecord(pinRecord)) return refuse("malformed", "/pinRecord");
      const recordHash = sha256(utf8(pinRecord));
      const sealed = await registrations.use(registrationId, { owner, deviceId, recordHash });
      if (!sealed) return refuse("malformed", "/registrationId");
      const credentialId = Buffer.from(seal.open("pin-registration", deviceId, sealed)).toString("utf8");
      return ok(records.seal(deviceId, { credentialId, record: pinRecord }));
    },
    async sweep() {
      // Twice as long as a letter lives: the clock may be set, and unused ones are small.
      await registrations.forget("letter", now() - 2 * limits.activationLifetimeMs);
      // Nobody needs to know later when an officer changed the PIN.
      await registrations.forget("sign-in", now() - 2 * limits.freshPinMs);
    },
  };
}
