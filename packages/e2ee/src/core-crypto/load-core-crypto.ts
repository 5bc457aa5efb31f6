/** Loads core-crypto's WebAssembly module, in a page, a worker or Node. Loading it again changes nothing. */
import { initWasmModule } from "@wireapp/core-crypto/browser";
import { type DurableWrites, watchWrites } from "./durable-writes.ts";

/**
 * core-crypto keeps the module in a variable of its own and sets it when it has loaded: a second load that begins in
 * between replaces it under the objects of the first. So the load under way is remembered here, once for the realm.
 */
const realm: { loading: Promise<DurableWrites> | undefined } = { loading: undefined };

/**
 * @param wasm the module's bytes, or its address.
 * @returns what tells when the module's writes are on disk.
 * @throws Error when it cannot be loaded: lost infrastructure; the next call tries again.
 */
export function loadCoreCrypto(wasm: Uint8Array | string): Promise<DurableWrites> {
  realm.loading ??= load(wasm).catch((error: unknown) => {
    realm.loading = undefined;
    throw error;
  });
  return realm.loading;
}

async function load(wasm: Uint8Array | string): Promise<DurableWrites> {
  // core-crypto takes a missing `window` for "not a browser" and refuses; workers and Node have none.
  if (typeof window === "undefined") Object.assign(globalThis, { window: globalThis });
  await initialise(wasm);
  return watchWrites(IDBDatabase.prototype);
}

async function initialise(wasm: Uint8Array | string): Promise<void> {
  if (typeof wasm === "string") return initWasmModule(wasm);
  const address = URL.createObjectURL(new Blob([Uint8Array.from(wasm)], { type: "application/wasm" }));
  try {
    await initWasmModule(address);
  } finally {
    URL.revokeObjectURL(address);
  }
}
