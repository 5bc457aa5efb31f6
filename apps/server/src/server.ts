/** Wires stores, services, routes and gateway into one running server. */
import { createHmac } from "node:crypto";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { limits } from "@nimes/protocol/limits";
import type { FastifyBaseLogger } from "fastify";
import Fastify from "fastify";
import type { ServerConfig } from "./config.ts";
import { ConfigError } from "./config.ts";
import { createBuckets } from "./core/bucket.ts";
import { openDataFolder } from "./data-folder.ts";
import { folderObjectStore } from "./files/folder-object-store.ts";
import type { Gateway } from "./gateway/gateway.ts";
import { startGateway } from "./gateway/gateway.ts";
import { gatewayLimits } from "./gateway/gateway-limits.ts";
import { createLog } from "./log.ts";
import { processHintBus } from "./memory/process-hint-bus.ts";
import { addAppFiles } from "./routes/app-files.ts";
import { addHealthRoutes } from "./routes/health.ts";
import { openApiDocument } from "./routes/open-api.ts";
import { addProtocolRoutes } from "./routes/protocol-routes.ts";
import { createRegister, prepareFastify } from "./routes/register.ts";
import { createActivation } from "./services/activation.ts";
import { createAttachments } from "./services/attachments.ts";
import { createKeyPackages } from "./services/key-packages.ts";
import { createNonces, createReplayCache } from "./services/nonces.ts";
import { createOrganisation } from "./services/organisation.ts";
import { createProofs } from "./services/proofs.ts";
import { createRoomLog } from "./services/room-log.ts";
import { createSignIn } from "./services/sign-in.ts";
import { openDatabase } from "./sqlite/open-database.ts";
import { sqliteStores } from "./sqlite/sqlite-stores.ts";

export type RunningServer = { url: string; port: number; close(): Promise<void> };

/** Generous: a whole police station, or all phones of a mobile network, may come from one address. */
const addressLimit = { burst: 6_000, perSecond: 200 };
const deviceLimit = { burst: 600, perSecond: 30 };
const cleanUpIntervalMs = 10 * 60_000;

/** @throws ConfigError and DatabaseDamaged with a sentence for the operator. */
export async function startServer(config: ServerConfig): Promise<RunningServer> {
  const data = openDataFolder(config.dataFolder);
  const stores = sqliteStores(openDatabase(data.databaseFile));
  const log = createLog(config.logLevel);
  const now = Date.now;
  const onFailure = (error: unknown): void => log.error({ err: error }, "failed");
  const origins = new Set([config.publicUrl, ...config.extraOrigins]);
  const isOwnOrigin = (origin: string): boolean => origins.has(origin);

  const nonces = createNonces(subKey(data.serverKey, "nonces"), now);
  const proofs = createProofs({ nonces, replays: createReplayCache(now), isOwnOrigin });
  const hints = processHintBus();
  const { directory, roomLog: roomLogStore } = stores;
  const signIn = createSignIn({ directory, key: subKey(data.serverKey, "tokens"), now });
  const keyPackages = createKeyPackages(stores, hints);
  const roomLog = createRoomLog({ store: roomLogStore, hints, now, onStoreFailure: onFailure });
  const attachments = createAttachments({
    store: stores.attachments,
    objects: folderObjectStore(data.attachmentsFolder),
    roomLog: roomLogStore,
    quotaBytes: config.quotaBytes,
    now,
  });

  const app = Fastify({
    loggerInstance: log as FastifyBaseLogger,
    disableRequestLogging: true,
    // A kept-alive connection whose last answer is just leaving would hold up the end for over a minute.
    forceCloseConnections: true,
    bodyLimit: limits.maxCommitBytes,
    ...(config.tls && { https: { cert: config.tls.certificate, key: config.tls.key } }),
  });
  const access = {
    nonces,
    proofs,
    signIn,
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
  addProtocolRoutes(createRegister(app, access), {
    organisation: createOrganisation({ directory, rootHash: config.rootHash, now }),
    activation: createActivation({ directory, nonces, now }),
    signIn,
    keyPackages,
    attachments,
    directory,
    hints,
  });

  let gateway: Gateway | undefined;
  try {
    await app.ready();
    const http = app.server as Server;
    gateway = startGateway({
      http,
      stores,
      signIn,
      roomLog,
      keyPackages,
      hints,
      limits: { ...gatewayLimits, ...config.gatewayLimits },
      isOwnOrigin,
      now,
      onFailure,
    });
    await app.listen({ host: config.address, port: config.port });
  } catch (error) {
    await gateway?.close();
    await app.close();
    await stores.close();
    throw listenFailure(error, config);
  }

  const cleaning = setInterval(() => {
    roomLogStore.expire(now() - limits.entryLifetimeMs).catch(onFailure);
    attachments.cleanUp().catch(onFailure);
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
      await stores.close();
    },
  };
}

/** A key for one purpose from the server's secret. */
const subKey = (secret: Uint8Array, purpose: string): Uint8Array =>
  Uint8Array.from(createHmac("sha256", secret).update(`NIMes/${purpose}/v1`).digest());

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
