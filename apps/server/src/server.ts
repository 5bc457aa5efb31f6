/** Wires stores, services, routes and gateway into one running server. */
import { createHmac, randomBytes } from "node:crypto";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { limits } from "@nimes/protocol/limits";
import type { FastifyBaseLogger, FastifyInstance } from "fastify";
import Fastify, { LogController } from "fastify";
import type { Logger } from "pino";
import type { ServerConfig } from "./config.ts";
import { ConfigError } from "./config.ts";
import { createBuckets } from "./core/bucket.ts";
import { type DataFolder, openDataFolder } from "./data-folder.ts";
import { folderObjectStore } from "./files/folder-object-store.ts";
import { startGateway } from "./gateway/gateway.ts";
import { gatewayLimits } from "./gateway/gateway-limits.ts";
import { createLog } from "./log.ts";
import { processHintBus } from "./memory/process-hint-bus.ts";
import type { Stores } from "./ports/stores.ts";
import { addAppFiles } from "./routes/app-files.ts";
import { addHealthRoutes } from "./routes/health.ts";
import { openApiDocument } from "./routes/open-api.ts";
import { addProtocolRoutes } from "./routes/protocol-routes.ts";
import { answerUnroutable, createRegister, prepareFastify } from "./routes/register.ts";
import { createActivation } from "./services/activation.ts";
import { createAttachments } from "./services/attachments.ts";
import { createHealth } from "./services/health.ts";
import { startHousekeeping } from "./services/housekeeping.ts";
import { createKeyPackages } from "./services/key-packages.ts";
import { createNonces, createReplayCache } from "./services/nonces.ts";
import { createOrganisation } from "./services/organisation.ts";
import { createProofs } from "./services/proofs.ts";
import { createRoomLog } from "./services/room-log.ts";
import { createSignIn } from "./services/sign-in.ts";
import { lockFolder } from "./sqlite/folder-lock.ts";
import { openDatabase } from "./sqlite/open-database.ts";
import { sqliteStores } from "./sqlite/sqlite-stores.ts";

export type RunningServer = { url: string; port: number; close(): Promise<void> };

/** Refusals; generous, because all phones of a mobile network may come from one address. */
const addressLimit = { burst: 3_000, perSecond: 50 };
const deviceLimit = { burst: 600, perSecond: 30 };
/** One part of an upload over a bad radio link. */
const requestTimeoutMs = 180_000;

/** @throws what `explainStartFailure` turns into a sentence for the operator. */
export async function startServer(config: ServerConfig): Promise<RunningServer> {
  const data = openDataFolder(config.dataFolder);
  const lock = lockFolder(data.lockFile);
  if (!lock)
    throw new ConfigError(`Another server is using the data folder ${config.dataFolder}: end it first.`);
  const closers: (() => unknown)[] = [() => lock.release()];
  const close = async (): Promise<void> => {
    for (const closeOne of closers.splice(0).reverse()) await closeOne();
  };
  try {
    const stores = sqliteStores(openDatabase(data.databaseFile));
    closers.push(() => stores.close());
    const log = createLog(config.logLevel);
    const app = createApp(config, log);
    closers.push(() => app.close());
    const origins = new Set([config.publicUrl, ...config.extraOrigins]);
    const wired = wire({ config, data, stores, log, app, origins });
    closers.push(() => wired.housekeeping.stop());
    await app.ready();
    const gateway = startGateway({ ...wired.gatewayNeeds, http: app.server as Server });
    closers.push(() => gateway.close());
    await app.listen({ host: config.address, port: config.port });
    const { port } = app.server.address() as AddressInfo;
    if (config.port !== 0) return { url: config.publicUrl, port, close };
    const scheme = config.tls ? "https" : "http";
    const url = `${scheme}://localhost:${port}`;
    origins.add(url).add(`${scheme}://127.0.0.1:${port}`);
    return { url, port, close };
  } catch (error) {
    await close();
    throw error;
  }
}

function createApp(config: ServerConfig, log: Logger): FastifyInstance {
  return Fastify({
    loggerInstance: log as FastifyBaseLogger,
    logController: new LogController({ disableRequestLogging: true }),
    frameworkErrors: answerUnroutable,
    // A kept-alive connection whose last answer is just leaving would hold up the end for over a minute.
    forceCloseConnections: true,
    bodyLimit: limits.maxCommitBytes,
    requestTimeout: requestTimeoutMs,
    trustProxy: config.proxies ? [...config.proxies] : false,
    ...(config.tls && { https: { cert: config.tls.certificate, key: config.tls.key } }),
  }) as FastifyInstance;
}

type Parts = {
  config: ServerConfig;
  data: DataFolder;
  stores: Stores;
  log: Logger;
  app: FastifyInstance;
  /** Own ones; the free port that the system chose comes in later. */
  origins: ReadonlySet<string>;
};

function wire({ config, data, stores, log, app, origins }: Parts) {
  const now = Date.now;
  const onFailure = (error: unknown): void => log.error({ err: error }, "failed");
  const isOwnOrigin = (origin: string): boolean => origins.has(origin);
  const health = createHealth({
    stores,
    now,
    onChange: (ready, error) =>
      ready
        ? log.warn("the store can be written again")
        : log.error({ err: error }, "the store cannot be written"),
  });
  // Of this process alone: it remembers which proofs were used, so those of an earlier one must not count (A4).
  const nonces = createNonces(randomBytes(32), now);
  const proofs = createProofs({ nonces, replays: createReplayCache(now), isOwnOrigin });
  const hints = processHintBus();
  const { directory, roomLog: roomLogStore } = stores;
  const signIn = createSignIn({ directory, key: subKey(data.serverKey, "tokens"), now });
  const keyPackages = createKeyPackages({ stores, hints, now });
  const roomLog = createRoomLog({ store: roomLogStore, hints, now, onStoreFailure: health.failed });
  const objects = folderObjectStore(data.attachmentsFolder);
  const { quotaBytes } = config;
  const attachments = createAttachments({
    store: stores.attachments,
    objects,
    roomLog: roomLogStore,
    quotaBytes,
    now,
  });
  const access = {
    nonces,
    proofs,
    signIn,
    byAddress: createBuckets(addressLimit, now),
    byDevice: createBuckets(deviceLimit, now),
  };
  prepareFastify(app, { nonces, isOwnOrigin });
  addAppFiles(app, { folder: config.appFolder, publicUrl: config.publicUrl });
  addHealthRoutes(app, health);
  app.get("/v1/openapi.json", async () => openApiDocument("1"));
  addProtocolRoutes(createRegister(app, access), {
    organisation: createOrganisation({ directory, rootHash: config.rootHash, now }),
    activation: createActivation({ directory, nonces, now }),
    signIn,
    keyPackages,
    attachments,
    directory,
    inboxes: roomLogStore,
    hints,
  });
  const limitsOfGateway = { ...gatewayLimits, ...config.gatewayLimits };
  return {
    gatewayNeeds: {
      stores,
      signIn,
      roomLog,
      keyPackages,
      hints,
      limits: limitsOfGateway,
      isOwnOrigin,
      now,
      onFailure,
    },
    housekeeping: startHousekeeping({ roomLog: roomLogStore, attachments, now, onFailure }),
  };
}

/** A key for one purpose from the server's secret. */
const subKey = (secret: Uint8Array, purpose: string): Uint8Array =>
  Uint8Array.from(createHmac("sha256", secret).update(`NIMes/${purpose}/v1`).digest());
