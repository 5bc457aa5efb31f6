/** The passkey of a device and the server's share of its wrap key. */
import type { DeviceId } from "@nimes/protocol/ids";

export type PasskeyRow = {
  /** Base64url. */
  credentialId: string;
  publicKey: Uint8Array;
  counter: number;
  sealedShare: Uint8Array;
  /** Milliseconds. */
  addedAt: number;
};
export type ChallengePurpose = "registration" | "login";

export type PasskeyStore = {
  get(deviceId: DeviceId): Promise<PasskeyRow | undefined>;
  /** In place of an earlier one. */
  put(deviceId: DeviceId, passkey: PasskeyRow): Promise<void>;
  setCounter(deviceId: DeviceId, counter: number): Promise<void>;
  remove(deviceId: DeviceId): Promise<void>;
  /** In place of an earlier one of the same purpose. */
  putChallenge(deviceId: DeviceId, purpose: ChallengePurpose, challenge: string, at: number): Promise<void>;
  /** Gives a challenge out once. */
  takeChallenge(
    deviceId: DeviceId,
    purpose: ChallengePurpose,
  ): Promise<{ challenge: string; at: number } | undefined>;
};
