/** All ports for Node: simulated officers and tests. Nothing outlives the process. */

import { wipeE2ee } from "@nimes/e2ee/core-crypto/wipe-e2ee";
import { readCoreCryptoWasm } from "@nimes/e2ee/node/core-crypto-wasm";
import { openE2ee } from "@nimes/e2ee/open-e2ee";
import "@nimes/e2ee/node/memory-indexed-db";
import { weekly } from "../../core/renewal.ts";
import type { DeviceKeys } from "../../ports/device-keys.ts";
import { nonExtractableKeys } from "../../ports/device-keys.ts";
import type { Ports } from "../../ports/ports.ts";
import type { Storage } from "../../ports/storage.ts";
import { fetchHttp } from "../fetch-http.ts";
import { serenityOpaque } from "../serenity-opaque.ts";
import { systemClock } from "../system-clock.ts";
import { webSockets } from "../web-sockets.ts";
import { createMemoryStorage } from "./memory-storage.ts";
import { nodePictures } from "./node-pictures.ts";

export type NodePortsOptions = {
  /** Origin of the server, without a path. */
  serverUrl: string;
  /** Bytes of core-crypto's module, read once for many clients; read from disk when missing. */
  wasm?: Uint8Array;
  /** The storage of an earlier client of this process, to go on where that one was. */
  storage?: Storage;
  /** Keys that can be exported, for a simulated officer that is stored and goes on in a later process. */
  deviceKeys?: DeviceKeys;
  /** Hears of bugs; by default they end the process, because a simulated officer must not fail in silence. */
  report?: (error: unknown) => void;
};

export async function createNodePorts(options: NodePortsOptions): Promise<Ports> {
  return {
    serverUrl: options.serverUrl,
    storage: options.storage ?? createMemoryStorage(),
    openE2ee,
    // Many clients share this process: one of them never wipes what is not its own.
    wipeE2ee: async (storeName) => {
      if (storeName !== undefined) await wipeE2ee(storeName);
    },
    opaque: serenityOpaque(),
    wasm: options.wasm ?? (await readCoreCryptoWasm()),
    http: fetchHttp,
    sockets: webSockets,
    network: { mayReach: () => true, onChange: () => () => undefined },
    clock: systemClock,
    keyPace: weekly,
    // Each client has a store of its own, so nobody else can hold it.
    lock: { acquire: async () => () => undefined },
    pictures: nodePictures,
    deviceKeys: options.deviceKeys ?? nonExtractableKeys,
    random: Math.random,
    report:
      options.report ??
      ((error) => {
        queueMicrotask(() => {
          throw error;
        });
      }),
  };
}
