/** Wires stores, services, routes and gateway into one running server. */
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { limits } from "@nimes/protocol/limits";
import type { FastifyBaseLogger } from "fastify";
import Fastify from "fastify";
import type { ServerConfig } from "./config.ts";
import { ConfigError } from "./config.ts";
import { createBuckets } from "./core/bucket.ts";
import { createServices } from "./create-services.ts";
import type { DataFolder } from "./data-folder.ts";
import { openDataFolder } from "./data-folder.ts";
import type { Gateway } from "./gateway/gateway.ts";
import { startGateway } from "./gateway/gateway.ts";
import { gatewayLimits } from "./gateway/gateway-limits.ts";
import { createLog } from "./log.ts";
import { processHintBus } from "./memory/process-hint-bus.ts";
import type { PinKey } from "./pin-key.ts";
import { openPinKey } from "./pin-key.ts";
import type { Stores } from "./ports/stores.ts";
import { addAppFiles } from "./routes/app-files.ts";
import { addHealthRoutes } from "./routes/health.ts";
import { openApiDocument } from "./routes/open-api.ts";
import { addProtocolRoutes } from "./routes/protocol-routes.ts";
import { createRegister, prepareFastify } from "./routes/register.ts";
import { addRuleRoutes } from "./routes/rule-routes.ts";
import { addSecondStepRoutes } from "./routes/second-step-routes.ts";
import type { DestroyedLog } from "./services/destroyed-log.ts";
import { openDestroyedLog } from "./services/destroyed-log.ts";
import { openDatabase } from "./sqlite/open-database.ts";
import { sqliteStores } from "./sqlite/sqlite-stores.ts";

export type RunningServer = { url: string; port: number; close(): Promise<void> };

/** Generous: a whole police station, or all phones of a mobile network, may come from one address. */
const addressLimit = { burst: 6_000, perSecond: 200 };
const deviceLimit = { burst: 600, perSecond: 30 };
const cleanUpIntervalMs = 10 * 60_000;

/**
 * @param clock the server's own, for tests.
 * @throws ConfigError, DatabaseDamaged and DatabaseTooOld with a sentence for the operator.
 */
export async function startServer(
  config: ServerConfig,
  clock: { now: () => number } = Date,
): Promise<RunningServer> {
  const now = clock.now;
  const data = openDataFolder(config.dataFolder);
  const stores = sqliteStores(openDatabase(data.databaseFile));
  const log = createLog(config.logLevel);
  const onFailure = (error: unknown): void => log.error({ err: error }, "failed");
  const origins = new Set([config.publicUrl, ...config.extraOrigins]);
  const isOwnOrigin = (origin: string): boolean => origins.has(origin);
  const hints = processHintBus();
  const destroyed = await openDestroyed(data, stores).catch(async (error: unknown) => {
    await stores.close();
    throw error;
  });
  const { pinKey, destroyedLog } = destroyed;
  const { rootHash, quotaBytes } = config;
  const needs = {
    stores,
    data,
    pinKey,
    destroyedLog,
    hints,
    rootHash,
    quotaBytes,
    isOwnOrigin,
    now,
    onFailure,
  };
  const services = await createServices(needs);
  await services.pin.sweep();

  const app = Fastify({
    loggerInstance: log as FastifyBaseLogger,
    disableRequestLogging: true,
    // A kept-alive connection whose last answer is just leaving would hold up the end for over a minute.
    forceCloseConnections: true,
    bodyLimit: limits.maxCommitBytes,
    ...(config.tls && { https: { cert: config.tls.certificate, key: config.tls.key } }),
  });
  const access = {
    ...services,
    byAddress: createBuckets(addressLimit, now),
    byDevice: createBuckets(deviceLimit, now),
  };
  prepareFastify(app, access);
  app.addHook("onRequest", async (request, reply) => {
    const { origin } = request.headers;
    if (origin !== undefined && !isOwnOrigin(origin)) return reply.code(403).send();
    return undefined;
  });
  addAppFiles(app, config.appFolder);
  addHealthRoutes(app, stores);
  app.get("/v1/openapi.json", async () => openApiDocument("1"));
  const register = createRegister(app, access);
  addProtocolRoutes(register, { ...services, directory: stores.directory, hints });
  addSecondStepRoutes(register, { ...services, hints });
  addRuleRoutes(register, services);

  let gateway: Gateway | undefined;
  try {
    await app.ready();
    const http = app.server as Server;
    const gatewayLimit = { ...gatewayLimits, ...config.gatewayLimits };
    const needs = { http, stores, ...services, hints, limits: gatewayLimit, isOwnOrigin, now, onFailure };
    gateway = startGateway(needs);
    await app.listen({ host: config.address, port: config.port });
  } catch (error) {
    await gateway?.close();
    await app.close();
    destroyedLog.close();
    await stores.close();
    throw listenFailure(error, config);
  }

  const cleaning = setInterval(() => {
    stores.roomLog.expire(now() - limits.entryLifetimeMs).catch(onFailure);
    services.pin.sweep().catch(onFailure);
    services.attachments.cleanUp().catch(onFailure);
  }, cleanUpIntervalMs);

  const { port } = app.server.address() as AddressInfo;
  const url = config.port === 0 ? `http${config.tls ? "s" : ""}://localhost:${port}` : config.publicUrl;
  if (config.port === 0) origins.add(url).add(`http${config.tls ? "s" : ""}://127.0.0.1:${port}`);
  return {
    url,
    port,
    async close() {
      clearInterval(cleaning);
      await gateway.close();
      await app.close();
      destroyedLog.close();
      await stores.close();
    },
  };
}

/** What belongs to the second step and stands apart from the database. */
async function openDestroyed(
  data: DataFolder,
  stores: Stores,
): Promise<{ pinKey: PinKey; destroyedLog: DestroyedLog }> {
  const isNew = (await stores.directory.usedLetters()).length === 0;
  const pinKey = await openPinKey(data.pinKeyFile, isNew);
  const key = pinKey.subKey("destroyed");
  return { pinKey, destroyedLog: await openDestroyedLog({ file: data.destroyedLogFile, key, stores }) };
}

function listenFailure(error: unknown, { address, port }: ServerConfig): unknown {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  if (code === "EADDRINUSE")
    return new ConfigError(
      `Port ${port} is taken: end the other program, or choose another with NIMES_PORT.`,
    );
  if (code === "EACCES")
    return new ConfigError(`Port ${port} may not be used by this user: choose one above 1023.`);
  if (code === "EADDRNOTAVAIL")
    return new ConfigError(`The address ${address} is not one of this machine's.`);
  return error;
}
