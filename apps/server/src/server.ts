/** Wires stores, services, routes and gateway into one running server. */
import { open } from "node:fs/promises";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { equalBytes, toHex } from "@nimes/protocol/bytes";
import { rootKeyHash } from "@nimes/protocol/ids";
import { limits } from "@nimes/protocol/limits";
import { OrgManifest } from "@nimes/protocol/signed/org-manifest";
import { peekSigned } from "@nimes/protocol/signed/signed";
import type { FastifyBaseLogger, FastifyInstance } from "fastify";
import Fastify, { LogController } from "fastify";
import type { Logger } from "pino";
import type { ServerConfig } from "./config.ts";
import { ConfigError } from "./config.ts";
import { createBuckets } from "./core/bucket.ts";
import { createServices } from "./create-services.ts";
import { type DataFolder, openDataFolder } from "./data-folder.ts";
import { startGateway } from "./gateway/gateway.ts";
import { gatewayLimits } from "./gateway/gateway-limits.ts";
import { createLog } from "./log.ts";
import { processHintBus } from "./memory/process-hint-bus.ts";
import type { PinKey } from "./pin-key.ts";
import { openPinKey } from "./pin-key.ts";
import type { Stamps } from "./ports/stamps.ts";
import type { Stores } from "./ports/stores.ts";
import { addAppFiles } from "./routes/app-files.ts";
import { addHealthRoutes } from "./routes/health.ts";
import { openApiDocument } from "./routes/open-api.ts";
import { addProtocolRoutes } from "./routes/protocol-routes.ts";
import { answerUnroutable, createRegister, prepareFastify } from "./routes/register.ts";
import { addRuleRoutes } from "./routes/rule-routes.ts";
import { addSecondStepRoutes } from "./routes/second-step-routes.ts";
import { addSourceRoute } from "./routes/source.ts";
import { watchDescriptors } from "./services/descriptors.ts";
import type { DestroyedLog } from "./services/destroyed-log.ts";
import { openDestroyedLog } from "./services/destroyed-log.ts";
import { createHealth } from "./services/health.ts";
import { startHousekeeping } from "./services/housekeeping.ts";
import { createSteadyClock } from "./services/steady-clock.ts";
import { lockFolder } from "./sqlite/folder-lock.ts";
import { openDatabase } from "./sqlite/open-database.ts";
import { sqliteStores } from "./sqlite/sqlite-stores.ts";
import { sqliteStamps } from "./sqlite/stamps.ts";
import { generationOf, keepMarks } from "./sqlite/twins.ts";

/** `ran`: milliseconds since some moment, by a clock that nobody sets. */
export type ServerClock = { now: () => number; ran?: () => number };
export type RunningServer = { url: string; port: number; close(): Promise<void> };

/** Refusals; generous, because all phones of a mobile network may come from one address. */
const addressLimit = { burst: 3_000, perSecond: 50 };
const deviceLimit = { burst: 600, perSecond: 30 };
/** Authenticated encryption with a key of its own for each connection, as TLS 1.3 has it, for TLS 1.2, too (RFC 9325, 4.2). */
const aeadCiphers = [
  ...["AES_256_GCM_SHA384", "CHACHA20_POLY1305_SHA256", "AES_128_GCM_SHA256"].map((suite) => `TLS_${suite}`),
  ...["AES256-GCM-SHA384", "CHACHA20-POLY1305", "AES128-GCM-SHA256"].flatMap((suite) => [
    `ECDHE-ECDSA-${suite}`,
    `ECDHE-RSA-${suite}`,
  ]),
].join(":");
/** One part of an upload over a bad radio link. */
const requestTimeoutMs = 180_000;

/**
 * @param clock the server's own; in tests another, which jumps only where it says by `ran` how long it ran.
 * @throws what `explainStartFailure` turns into a sentence for the operator.
 */
export async function startServer(
  config: ServerConfig,
  clock: ServerClock = { now: Date.now, ran: () => performance.now() },
): Promise<RunningServer> {
  const data = openDataFolder(config.dataFolder);
  const lock = lockFolder(data.lockFile);
  if (!lock)
    throw new ConfigError(`Another server is using the data folder ${config.dataFolder}: end it first.`);
  const closers: (() => unknown)[] = [() => lock.release()];
  const close = async (): Promise<void> => {
    for (const closeOne of closers.splice(0).reverse()) await closeOne();
  };
  try {
    const log = createLog(config.logLevel);
    const database = openDatabase(data.databases, { acceptOlder: config.acceptOlder === true });
    const stores = sqliteStores(database);
    closers.push(() => stores.close());
    await requireOrganisation(stores, config);
    log.info({ generation: generationOf(database) }, "the database is open");
    if (config.acceptOlder)
      log.warn(
        "NIMES_ACCEPT_OLDER is set: an authority.sqlite from before would be taken; unset it, and send orders and policy again where one was",
      );
    const marks = keepMarks(database, (error) => log.error({ err: error }, "failed"));
    closers.push(() => marks.stop());
    const app = createApp(config, log);
    closers.push(() => app.close());
    const origins = new Set([config.publicUrl, ...config.extraOrigins]);
    const stamps = sqliteStamps(database, clock.now);
    const wired = await wire({ config, data, stores, stamps, log, app, origins, clock, closers });
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

/** Data of one organisation under the root of another: its people would be nobody, and nothing would say why. */
async function requireOrganisation({ directory }: Stores, config: ServerConfig): Promise<void> {
  const [first] = await directory.manifests();
  const manifest = first && peekSigned(OrgManifest, first);
  if (!manifest?.ok || equalBytes(rootKeyHash(manifest.value.rootKey), config.rootHash)) return;
  throw new ConfigError(
    `The data folder ${config.dataFolder} belongs to the organisation with the root ${toHex(rootKeyHash(manifest.value.rootKey))}: set NIMES_ORG_ROOT to that, or NIMES_DATA to another folder.`,
  );
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
    ...(config.tls && { https: { cert: config.tls.certificate, key: config.tls.key, ciphers: aeadCiphers } }),
  }) as FastifyInstance;
}

type Parts = {
  config: ServerConfig;
  data: DataFolder;
  stores: Stores;
  stamps: Stamps;
  log: Logger;
  app: FastifyInstance;
  /** Own ones; the free port that the system chose comes in later. */
  origins: ReadonlySet<string>;
  clock: ServerClock;
  /** What has to be closed again, last first. */
  closers: (() => unknown)[];
};

async function wire({ config, data, stores, stamps, log, app, origins, clock, closers }: Parts) {
  const { now, ran = now } = clock;
  const descriptors = watchDescriptors({
    tryOpen: async () => (await open(data.attachmentsFolder)).close(),
    every(ms, callback) {
      const timer = setInterval(callback, ms);
      return () => clearInterval(timer);
    },
    ran: () => performance.now(),
    onChange: (enough) =>
      enough
        ? log.warn("there are file descriptors again")
        : log.error(
            "no file descriptor is left: new connections and attachments are refused; raise the limit of open files",
          ),
  });
  closers.push(() => descriptors.stop());
  const onFailure = (error: unknown): void => {
    if (!descriptors.isLack(error)) log.error({ err: error }, "failed");
  };
  const isOwnOrigin = (origin: string): boolean => origins.has(origin);
  const health = createHealth({
    stores,
    now,
    onChange: (ready, error) =>
      ready
        ? log.warn("the store can be written again")
        : log.error({ err: error }, "the store cannot be written"),
  });
  const hints = processHintBus();
  const secrets = await openSecrets(data, stores);
  closers.push(() => secrets.destroyedLog.close());
  const { rootHash, quotaBytes } = config;
  const services = await createServices({
    stores,
    data,
    ...secrets,
    hints,
    rootHash,
    quotaBytes,
    isOwnOrigin,
    now,
    onStoreFailure: health.failed,
  });
  await services.pin.sweep();
  const access = {
    ...services,
    byAddress: createBuckets(addressLimit, now),
    byDevice: createBuckets(deviceLimit, now),
  };
  prepareFastify(app, { nonces: services.nonces, isOwnOrigin, isLack: descriptors.isLack });
  addAppFiles(app, { folder: config.appFolder, publicUrl: config.publicUrl });
  addHealthRoutes(app, health);
  addSourceRoute(app, config.sourceFile);
  app.get("/v1/openapi.json", async () => openApiDocument("1"));
  const register = createRegister(app, access);
  addProtocolRoutes(register, { ...services, directory: stores.directory, hints });
  addSecondStepRoutes(register, { ...services, hints });
  addRuleRoutes(register, services);
  const { attachments, pin } = services;
  return {
    gatewayNeeds: {
      stores,
      ...services,
      hints,
      stamps,
      onSetBack: () =>
        log.error(
          "a phone has proved that both database files are older than what was written: a new generation begins; give nimes upload on every computer that holds a key (docs/operation.md)",
        ),
      limits: { ...gatewayLimits, ...config.gatewayLimits },
      isOwnOrigin,
      now,
      onFailure,
    },
    housekeeping: startHousekeeping({
      roomLog: stores.roomLog,
      directory: stores.directory,
      attachments,
      pin,
      clock: createSteadyClock({
        now,
        ran,
        newest: await stores.roomLog.newestTime(),
        onJump: (byMs) =>
          log.warn(
            { hours: Math.round(byMs / 3_600_000) },
            "the clock is not where it was to be expected: nothing is deleted for its age for a week; set the clock right and start again",
          ),
      }),
      now,
      onFailure,
    }),
  };
}

/** What belongs to the second step and stands apart from the database. */
async function openSecrets(
  data: DataFolder,
  stores: Stores,
): Promise<{ pinKey: PinKey; destroyedLog: DestroyedLog }> {
  const isNew = (await stores.directory.usedLetters()).length === 0;
  const pinKey = await openPinKey(data.pinKeyFile, isNew);
  const key = pinKey.subKey("destroyed");
  return { pinKey, destroyedLog: await openDestroyedLog({ file: data.destroyedLogFile, key, stores }) };
}
