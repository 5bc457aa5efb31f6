/** Where the keys come from that never leave a device. */
export type DeviceKeys = {
  /** A fresh Ed25519 pair for signing. A private half that cannot be exported is the rule. */
  make(): Promise<CryptoKeyPair>;
  /** A fresh HMAC-SHA-256 key, one half of what opens the capsule. One that cannot be exported is the rule. */
  makeLocalKey(): Promise<CryptoKey>;
};

/** WebCrypto's own: the private halves never leave the device, not even to this program. */
export const nonExtractableKeys: DeviceKeys = webCryptoKeys(false);

/** @param extractable true for a simulated officer that is stored and goes on in a later process. */
export function webCryptoKeys(extractable: boolean): DeviceKeys {
  return {
    make: async () =>
      (await crypto.subtle.generateKey("Ed25519", extractable, ["sign", "verify"])) as CryptoKeyPair,
    makeLocalKey: () => crypto.subtle.generateKey({ name: "HMAC", hash: "SHA-256" }, extractable, ["sign"]),
  };
}
