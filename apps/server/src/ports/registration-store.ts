/** Registrations of PINs from their start to their use: each has a key of its own, one owner, and is used once. */
import type { DeviceId, RegistrationId } from "@nimes/protocol/ids";

/**
 * Who may use a registration: the activation of one letter, or one finished sign-in. A sign-in uses no second one; a letter
 * is used once by itself.
 */
export type RegistrationOwner = Readonly<{ kind: OwnerKind; name: string }>;
export type OwnerKind = "letter" | "sign-in";

export type NewRegistration = {
  registrationId: RegistrationId;
  owner: RegistrationOwner;
  deviceId: DeviceId;
  /** Credential identifier, sealed. */
  sealed: Uint8Array;
  at: number;
};

export type RegistrationUse = {
  owner: RegistrationOwner;
  deviceId: DeviceId;
  /** Of the record that it is used for: the same again is the same use (P6). */
  recordHash: Uint8Array;
};

export type RegistrationStore = {
  /**
   * Counts and stores, in one transaction.
   * @param bound so many of one owner at most since that moment.
   */
  begin(
    registration: NewRegistration,
    bound: { count: number; since: number },
  ): Promise<"begun" | "used" | "too-many">;
  /** @returns what was sealed; undefined when it is of another owner or device, unknown, or used for another record. */
  use(registrationId: RegistrationId, use: RegistrationUse): Promise<Uint8Array | undefined>;
  /** Forgets those of such owners from before that moment. */
  forget(kind: OwnerKind, before: number): Promise<void>;
};
