/** Everything the client library asks of the world. */
import type { E2ee, OpenE2ee } from "@nimes/e2ee/e2ee";
import type { KeyPace } from "../core/renewal.ts";
import type { Clock } from "./clock.ts";
import type { DeviceKeys } from "./device-keys.ts";
import type { Http } from "./http.ts";
import type { WriterLock } from "./lock.ts";
import type { Network } from "./network.ts";
import type { Opaque } from "./opaque.ts";
import type { Pictures } from "./pictures.ts";
import type { Sockets } from "./socket.ts";
import type { Storage } from "./storage.ts";

export type Ports = {
  /** Origin of the server, without a path. */
  serverUrl: string;
  storage: Storage;
  openE2ee: (options: OpenE2ee) => Promise<E2ee>;
  /** Deletes a store of the encryption, or all that are this app's alone. */
  wipeE2ee: (storeName: string | undefined) => Promise<void>;
  opaque: Opaque;
  /** Bytes of core-crypto's WebAssembly module, or the address to load it from. */
  wasm: Uint8Array | string;
  http: Http;
  sockets: Sockets;
  network: Network;
  clock: Clock;
  /** How often this device renews its keys in its rooms. */
  keyPace: KeyPace;
  lock: WriterLock;
  pictures: Pictures;
  deviceKeys: DeviceKeys;
  /** Hears of bugs; must not show content. */
  report: (error: unknown) => void;
  /** From 0 (included) to 1 (excluded), for jitter only: keys and ids come from WebCrypto. */
  random: () => number;
};
