/** Seals what the database may not show: AES-256-GCM, bound to its purpose and its device. */
import { createCipheriv, createDecipheriv, randomBytes } from "node:crypto";
import { utf8 } from "@nimes/protocol/bytes";
import type { DeviceId } from "@nimes/protocol/ids";

export type RecordSeal = {
  seal(purpose: SealPurpose, deviceId: DeviceId, content: Uint8Array): Uint8Array;
  /** @throws Error when the bytes were sealed for something else, with another key, or were changed. */
  open(purpose: SealPurpose, deviceId: DeviceId, sealed: Uint8Array): Uint8Array;
};
export type SealPurpose = "pin-record" | "pin-attempt" | "pin-registration" | "passkey-share";

const nonceBytes = 12;
const tagBytes = 16;

/** @param key 32 bytes, from a file apart from the database. */
export function createRecordSeal(key: Uint8Array): RecordSeal {
  const place = (purpose: SealPurpose, deviceId: DeviceId): Uint8Array => utf8(`${purpose}|${deviceId}`);
  return {
    seal(purpose, deviceId, content) {
      const nonce = randomBytes(nonceBytes);
      const cipher = createCipheriv("aes-256-gcm", key, nonce).setAAD(place(purpose, deviceId));
      return Uint8Array.from(
        Buffer.concat([nonce, cipher.update(content), cipher.final(), cipher.getAuthTag()]),
      );
    },
    open(purpose, deviceId, sealed) {
      const decipher = createDecipheriv("aes-256-gcm", key, sealed.subarray(0, nonceBytes), {
        authTagLength: tagBytes,
      });
      decipher.setAAD(place(purpose, deviceId)).setAuthTag(sealed.subarray(-tagBytes));
      const content = decipher.update(sealed.subarray(nonceBytes, -tagBytes));
      return Uint8Array.from(Buffer.concat([content, decipher.final()]));
    },
  };
}
