/** All ports for the worker of the messenger. */
import { coreCryptoWasmAddress } from "@nimes/e2ee/browser/core-crypto-wasm";
import { wipeE2ee } from "@nimes/e2ee/core-crypto/wipe-e2ee";
import { openE2ee } from "@nimes/e2ee/open-e2ee";
import { weekly } from "../../core/renewal.ts";
import { nonExtractableKeys } from "../../ports/device-keys.ts";
import type { Pictures } from "../../ports/pictures.ts";
import type { Ports } from "../../ports/ports.ts";
import { fetchHttp } from "../fetch-http.ts";
import { serenityOpaque } from "../serenity-opaque.ts";
import { systemClock } from "../system-clock.ts";
import { webSockets } from "../web-sockets.ts";
import { browserNetwork } from "./browser-network.ts";
import { openIndexedDbStorage } from "./indexeddb-storage.ts";
import { webLock } from "./web-lock.ts";

const storageName = "nimes-capsule";

/** Fetched with the first picture that is sent. */
const pictures: Pictures = {
  makeSafe: async (file) => (await import("./canvas-pictures.ts")).canvasPictures.makeSafe(file),
};

export type BrowserPortsOptions = {
  /** Origin of the server, without a path; usually the page's own. */
  serverOrigin: string;
  /** Hears of bugs; must not show content. */
  report?: (error: unknown) => void;
};

export async function createBrowserPorts(options: BrowserPortsOptions): Promise<Ports> {
  return {
    serverUrl: options.serverOrigin,
    storage: await openIndexedDbStorage(storageName),
    openE2ee,
    wipeE2ee,
    opaque: serenityOpaque(),
    wasm: coreCryptoWasmAddress,
    http: fetchHttp,
    sockets: webSockets,
    network: browserNetwork,
    clock: systemClock,
    keyPace: weekly,
    lock: webLock,
    pictures,
    deviceKeys: nonExtractableKeys,
    random: Math.random,
    report: options.report ?? (() => undefined),
  };
}
