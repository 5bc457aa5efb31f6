/**
 * What is known of an officer with every signature checked, and nothing decided: whose signatures count follows from the
 * newest manifest, which changes. So a directory is judged anew without a single signature being checked again.
 */
import type { UserId } from "@nimes/protocol/ids";
import type { DeviceLink } from "@nimes/protocol/signed/device-link";
import type { UserAttestation } from "@nimes/protocol/signed/user-attestation";
import type { UserTransfer } from "@nimes/protocol/signed/user-transfer";

/** A structure, and the keys whose signatures over it hold, hexadecimal. */
export type Checked<Structure> = { says: Structure; signers: string[] };

/** A letter, which its activation key names, and the first device that was made with it. */
export type CheckedGeneration = {
  generation: number;
  /** Hexadecimal. */
  activationKey: string;
  /** At least one. */
  attestations: Checked<UserAttestation>[];
  transfers: Checked<UserTransfer>[];
  /** `hash` tells it from another genesis that would stand in its place. */
  genesis?: { link: DeviceLink; hash: Uint8Array };
};

export type CheckedUser = {
  userId: UserId;
  /** By number, ascending; of one number the letter that was seen first stands first. */
  generations: CheckedGeneration[];
};
