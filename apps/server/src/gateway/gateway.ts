/** The WebSocket side of the server: signing in by the first frame, then frames in both directions. */
import type { IncomingMessage, Server } from "node:http";
import type { Duplex } from "node:stream";
import { encodeCbor } from "@nimes/protocol/cbor";
import type { HelloFrame } from "@nimes/protocol/frames/client-frames";
import { socketPath } from "@nimes/protocol/frames/client-frames";
import { oldestProtocolVersion, limits as protocolLimits, protocolVersion } from "@nimes/protocol/limits";
import type { ServerOptions, WebSocket } from "ws";
import { WebSocketServer } from "ws";
import { createBuckets } from "../core/bucket.ts";
import type { Hint, HintBus } from "../ports/hint-bus.ts";
import type { Stamps } from "../ports/stamps.ts";
import type { Stores } from "../ports/stores.ts";
import type { KeyPackages } from "../services/key-packages.ts";
import type { RoomLog } from "../services/room-log.ts";
import type { SignIn } from "../services/sign-in.ts";
import { Connection } from "./connection.ts";
import { Connections } from "./connections.ts";
import { createFanOut } from "./fan-out.ts";
import { createFrameHandler } from "./frame-handler.ts";
import type { GatewayLimits } from "./gateway-limits.ts";
import { endSocket, type Greeted, greet } from "./greeting.ts";
import { createInboxSender } from "./inbox-sender.ts";
import { readClientFrame } from "./read-frame.ts";
import { createRenewal } from "./renewal.ts";
import { createSleepers } from "./sleepers.ts";
import { createUnknownSockets } from "./unknown-sockets.ts";

export type Gateway = { close(): Promise<void> };

export type GatewayNeeds = {
  http: Server;
  stores: Stores;
  signIn: SignIn;
  roomLog: RoomLog;
  keyPackages: KeyPackages;
  hints: HintBus;
  stamps: Stamps;
  /** A phone has proved that the whole machine was set back, and a new generation has begun. */
  onSetBack: () => void;
  limits: GatewayLimits;
  isOwnOrigin: (origin: string) => boolean;
  now: () => number;
  onFailure: (error: unknown) => void;
};

export function startGateway(needs: GatewayNeeds): Gateway {
  const { http, stores, signIn, keyPackages, hints, limits, isOwnOrigin, now, onFailure } = needs;
  // The published types do not know `closeTimeout` yet.
  const options: ServerOptions & { closeTimeout: number } = {
    noServer: true,
    perMessageDeflate: false,
    maxPayload: protocolLimits.maxFrameBytes,
    closeTimeout: limits.closeTimeoutMs,
  };
  const sockets = new WebSocketServer(options);
  const unknown = createUnknownSockets(limits.maxUnknownSockets);
  const connections = new Connections(limits.maxConnectionsPerDevice);
  const frameBuckets = createBuckets(limits.frames, now);
  const byteBuckets = createBuckets(limits.bytes, now);
  const fanOut = createFanOut({ store: stores.roomLog, onFailure });
  const sleepers = createSleepers({ store: stores.roomLog, now });
  const sendInbox = createInboxSender(stores.roomLog);
  const guard = (work: Promise<unknown>): void => void work.catch(onFailure);

  http.on("upgrade", (request: IncomingMessage, raw: Duplex, head: Buffer) => {
    const { origin } = request.headers;
    // Only browsers send an origin, and only they can be led here by a foreign page (S4).
    const allowed = request.url === socketPath && (origin === undefined || isOwnOrigin(origin));
    if (!allowed) {
      // Nobody else listens to this socket: without this, a reset by the other side would end the whole server.
      raw.on("error", () => raw.destroy());
      raw.end("HTTP/1.1 403 Forbidden\r\nConnection: close\r\nContent-Length: 0\r\n\r\n");
      return;
    }
    sockets.handleUpgrade(request, raw, head, (socket) => guard(onSocket(socket, raw)));
  });

  async function onSocket(socket: WebSocket, raw: Duplex): Promise<void> {
    // What is wrong with the frames of the other side ends the socket by itself, with the reason in its close code (S2).
    socket.on("error", () => {});
    unknown.add(socket);
    try {
      const greeted = await greet({ socket, raw, signIn, limits });
      if (greeted) await admit(socket, greeted);
    } catch (error) {
      endSocket(socket, "unavailable");
      throw error;
    } finally {
      unknown.delete(socket);
    }
  }

  async function admit(socket: WebSocket, greeted: Greeted): Promise<void> {
    unknown.delete(socket);
    const { deviceId } = greeted.device;
    if (frameBuckets.take(deviceId, limits.framesPerHello)) await openConnection(socket, greeted);
    else endSocket(socket, "too-many");
  }

  async function openConnection(socket: WebSocket, greeted: Greeted): Promise<void> {
    const { device, endsAt, hello } = greeted;
    if (hello.stamp && needs.stamps.show(hello.stamp)) endAll();
    const { deviceId } = device;
    const { maxBufferedBytes } = limits;
    const { inboxSequence } = hello;
    const connection = new Connection(socket, { device, inboxSequence, maxBufferedBytes });
    const handle = createFrameHandler({ ...needs, connection, fanOut });
    const renew = createRenewal({ ...greeted, connection, signIn, now });
    connection.endTokenIn(endsAt - now());
    socket.on("pong", () => connection.markAlive());
    socket.on("close", () => {
      connection.forgetToken();
      connections.delete(connection);
      fanOut.leave(connection);
      sleepers.leave(connection);
    });
    socket.on("message", (data: Buffer, isBinary: boolean) => {
      if (!connection.open) return;
      connection.markAlive();
      const affordable = frameBuckets.take(deviceId) && byteBuckets.take(deviceId, data.byteLength);
      if (!affordable) return connection.close("too-many");
      const frame = isBinary ? readClientFrame(data) : undefined;
      if (!frame || frame.type === "hello") return connection.close("malformed");
      if (frame.type !== "renew") return guard(handle(frame));
      return guard(
        renew(frame).then((raised) => (raised ? begin(connection, hello, frame.token) : undefined)),
      );
    });
    connections.add(connection);
    await begin(connection, hello, hello.token);
  }

  /** They stand on what is no more, and come again. */
  function endAll(): void {
    needs.onSetBack();
    for (const connection of [...connections.all()]) {
      connection.close("unavailable");
      connections.delete(connection);
      fanOut.leave(connection);
      sleepers.leave(connection);
    }
  }

  /** Sends what waits: everything to an opened device, at most that there is something to any other. */
  async function begin(connection: Connection, hello: HelloFrame, token: string): Promise<void> {
    const { deviceId } = connection.device;
    try {
      // Whoever was signed out or locked while the token was looked at is not let in behind it (A8).
      const still = await signIn.check(token);
      if (!still.ok) return connection.close(still.code);
      if (connection.level === "device") return await sleepers.enter(connection);
      sleepers.leave(connection);
      connection.send({
        type: "signed-in",
        version: protocolVersion,
        oldestVersion: oldestProtocolVersion,
        serverTime: now(),
        keyPackagesLeft: await keyPackages.left(deviceId),
        directorySequence: await stores.directory.head(),
        stamp: needs.stamps.newest(),
      });
      connection.opened = true;
      // An acknowledgement may have been lost with the last connection; the hello says it again.
      const isPlace = await stores.roomLog.dropInbox(deviceId, hello.inboxSequence);
      if (!isPlace) connection.inboxSequence = 0;
      await sendInbox(connection);
      const cursors = new Map(hello.cursors.map(({ roomId, sequence }) => [roomId, sequence]));
      await fanOut.enter(connection, cursors);
      connection.send({ type: "caught-up" });
      for (const userId of await keyPackages.available(deviceId))
        connection.send({ type: "key-packages-available", userId });
    } catch (error) {
      connection.close("unavailable");
      throw error;
    }
    return undefined;
  }

  async function onHint(hint: Hint): Promise<void> {
    switch (hint.of) {
      case "entries":
        sleepers.onEntries(hint.roomId, hint.entries);
        return fanOut.onEntries(hint.roomId, hint.entries);
      case "inbox":
        for (const connection of connections.of(hint.to)) {
          if (connection.level === "device") await sleepers.onInbox(connection);
          // Before `signed-in` it is about to look by itself.
          if (!connection.opened) continue;
          for (const roomId of await sendInbox(connection)) await fanOut.enterRoom(connection, roomId);
        }
        return undefined;
      case "key-packages-available":
        return connections.send(hint.to, { type: "key-packages-available", userId: hint.userId });
      case "key-packages-low":
        return connections.send(hint.to, { type: "key-packages-low", left: hint.left });
      case "directory":
        return announceDirectory(hint.sequence);
      case "signed-out":
        for (const connection of connections.of(hint.deviceId)) connection.close(hint.code);
        return undefined;
      case "content-closed":
        for (const connection of "deviceId" in hint ? connections.of(hint.deviceId) : connections.all()) {
          const meant = "deviceId" in hint || connection.device.deviceClass === hint.deviceClass;
          if (meant && connection.level === "opened") connection.close(hint.code);
        }
        return undefined;
      case "orders-changed":
        for (const connection of hint.to === undefined ? connections.all() : connections.of(hint.to))
          connection.send({ type: "orders-changed" });
        return undefined;
    }
  }
  hints.subscribe((hint) => guard(onHint(hint)));

  /** Newest sequence of the directory that is not announced yet. */
  let directoryNews: number | undefined;
  /** At most one for each moment, however many officers are enrolled at once. */
  function announceDirectory(sequence: number): void {
    if (directoryNews === undefined) setTimeout(sendDirectoryNews, limits.directoryDelayMs);
    directoryNews = Math.max(directoryNews ?? 0, sequence);
  }
  function sendDirectoryNews(): void {
    const bytes = encodeCbor({ type: "directory-changed", sequence: directoryNews ?? 0 });
    directoryNews = undefined;
    for (const connection of connections.all()) if (connection.opened) connection.sendEncoded(bytes);
  }

  const alive = setInterval(() => {
    for (const connection of connections.all()) connection.checkAlive();
  }, limits.aliveIntervalMs);
  const flushing = setInterval(() => guard(fanOut.flush()), limits.flushIntervalMs);

  return {
    async close() {
      clearInterval(alive);
      clearInterval(flushing);
      // Whoever does not close in time is cut off by the socket's own timer.
      for (const socket of sockets.clients) endSocket(socket, "unavailable", 1001);
      await new Promise<void>((resolve) => sockets.close(() => resolve()));
      await fanOut.flush();
    },
  };
}
