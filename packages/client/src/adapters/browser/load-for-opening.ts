/** What can be done while somebody types the PIN: code is loaded and compiled, no key is touched. */
import { coreCryptoWasmAddress } from "@nimes/e2ee/browser/core-crypto-wasm";
import { loadCoreCrypto } from "@nimes/e2ee/core-crypto/load-core-crypto";
import { loadOpaque } from "../serenity-opaque.ts";

/** Loads OPAQUE and core-crypto's module, the larger part of what an opening waits for. */
export async function loadForOpening(): Promise<void> {
  await Promise.all([loadOpaque(), loadCoreCrypto(coreCryptoWasmAddress)]);
}
