/** The first link of a device chain, made by the device that the activation letter brings into the circle. */

import { deviceIdOf } from "@nimes/protocol/ids";
import type { Signed } from "@nimes/protocol/schema";
import type { DeviceLink } from "@nimes/protocol/signed/device-link";
import type { Signer } from "@nimes/protocol/signed/signed";
import { signStructure } from "@nimes/protocol/signed/signed";
import type { UserAttestation } from "@nimes/protocol/signed/user-attestation";

export type GenesisParts = {
  /** As verified. */
  attestation: UserAttestation;
  /** Key that the letter's secret seeds. */
  activation: Signer;
  /** This device's key. */
  device: Signer;
  /** RFC 7638 thumbprint of the public key with which the device signs in MLS. */
  mlsThumbprint: Uint8Array;
  agreementVersion: number;
  /** Milliseconds; at most the letter's "activate until". */
  time: number;
};

/** @returns the genesis, signed by the activation key and by the new device (DESIGN §3, "Activation"). */
export function makeGenesis(parts: GenesisParts): Promise<Signed> {
  const { attestation } = parts;
  const link: DeviceLink = {
    orgId: attestation.orgId,
    userId: attestation.userId,
    generation: attestation.generation,
    sequence: 0,
    previous: null,
    operation: "genesis",
    unitId: attestation.unitId,
    deviceId: deviceIdOf(parts.device.publicKey),
    deviceClass: attestation.deviceClass,
    deviceKey: parts.device.publicKey,
    mlsThumbprint: parts.mlsThumbprint,
    agreementVersion: parts.agreementVersion,
    time: parts.time,
  };
  return signStructure("DeviceLink", link, [parts.activation, parts.device]);
}
