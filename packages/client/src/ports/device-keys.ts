/** Where a device's own key comes from. */
export type DeviceKeys = {
  /** A fresh Ed25519 pair for signing. A private half that cannot be exported is the rule. */
  make(): Promise<CryptoKeyPair>;
};

/** WebCrypto's own: the private half never leaves the device, not even to this program. */
export const nonExtractableKeys: DeviceKeys = {
  make: async () => (await crypto.subtle.generateKey("Ed25519", false, ["sign", "verify"])) as CryptoKeyPair,
};
