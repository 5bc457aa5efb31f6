/** The WebSocket side of the server: signing in by the first frame, then frames in both directions. */
import { randomBytes } from "node:crypto";
import type { Server } from "node:http";
import { encodeCbor } from "@nimes/protocol/cbor";
import type { ErrorCode } from "@nimes/protocol/errors";
import type { ClientFrame, HelloFrame, RenewFrame, SubmitFrame } from "@nimes/protocol/frames/client-frames";
import { socketPath } from "@nimes/protocol/frames/client-frames";
import type { DeviceId } from "@nimes/protocol/ids";
import { limits } from "@nimes/protocol/limits";
import type { WebSocket } from "ws";
import { WebSocketServer } from "ws";
import type { Hint, HintBus } from "../ports/hint-bus.ts";
import type { Stores } from "../ports/stores.ts";
import type { KeyPackages } from "../services/key-packages.ts";
import type { RoomLog } from "../services/room-log.ts";
import type { SignIn } from "../services/sign-in.ts";
import { Connection } from "./connection.ts";
import type { FanOut } from "./fan-out.ts";
import { createFanOut } from "./fan-out.ts";
import { createBucket } from "./rate-limit.ts";
import { readClientFrame } from "./read-frame.ts";
import { createSleepers } from "./sleepers.ts";

/** Frames that only an opened device may send. */
type ContentFrame = Exclude<ClientFrame, HelloFrame | RenewFrame | { type: "ping" }>;

export type Gateway = { close(): Promise<void>; connections(): number };

const aliveIntervalMs = 30_000;
const flushIntervalMs = 200;
/** Generous for people and catching up, far below what harms others (S7). */
const frameLimit = { burst: 4_000, perSecond: 1_000 };

export function startGateway(options: {
  http: Server;
  stores: Stores;
  signIn: SignIn;
  roomLog: RoomLog;
  keyPackages: KeyPackages;
  hints: HintBus;
  isOwnOrigin: (origin: string) => boolean;
  now: () => number;
  onFailure: (error: unknown) => void;
}): Gateway {
  const { http, stores, signIn, roomLog, keyPackages, hints, isOwnOrigin, now, onFailure } = options;
  const sockets = new WebSocketServer({
    noServer: true,
    perMessageDeflate: false,
    maxPayload: limits.maxFrameBytes,
    clientTracking: true,
  });
  const connections = new Map<DeviceId, Set<Connection>>();
  const fanOut: FanOut = createFanOut({ store: stores.roomLog, onFailure });
  const sleepers = createSleepers({ store: stores.roomLog, now });
  const guard = (work: Promise<unknown>): void => void work.catch(onFailure);

  http.on("upgrade", (request, socket, head) => {
    const { origin } = request.headers;
    // Only browsers send an origin, and only they can be led here by a foreign page (S4).
    const allowed = request.url === socketPath && (origin === undefined || isOwnOrigin(origin));
    if (!allowed) {
      socket.end("HTTP/1.1 403 Forbidden\r\nConnection: close\r\nContent-Length: 0\r\n\r\n");
      return;
    }
    sockets.handleUpgrade(request, socket, head, greet);
  });

  function greet(socket: WebSocket): void {
    const challenge = Uint8Array.from(randomBytes(32));
    const timer = setTimeout(() => endUnknown(socket, "unauthorised"), limits.helloTimeoutMs);
    socket.on("error", () => socket.terminate());
    socket.once("close", () => clearTimeout(timer));
    socket.once("message", (data, isBinary) => {
      clearTimeout(timer);
      const frame = isBinary ? readClientFrame(data) : undefined;
      if (frame?.type !== "hello") endUnknown(socket, "malformed");
      else guard(signInSocket(socket, challenge, frame));
    });
    socket.send(encodeCbor({ type: "challenge", challenge }));
  }

  async function signInSocket(socket: WebSocket, challenge: Uint8Array, hello: HelloFrame): Promise<void> {
    // Frames behind the hello wait in the socket until the device is known.
    socket.pause();
    const signedIn = await signIn.checkSocket(hello.token, challenge, hello.signature);
    socket.resume();
    if (!signedIn.ok) {
      endUnknown(socket, signedIn.code);
      return;
    }
    const { endsAt, ...device } = signedIn.value;
    const connection = new Connection(socket, device);
    const bucket = createBucket(frameLimit, now);
    const handle = frameHandler(connection);
    connection.endTokenIn(endsAt - now());
    socket.on("pong", () => connection.markAlive());
    socket.on("close", () => forget(connection));
    socket.on("message", (data, isBinary) => {
      connection.markAlive();
      const frame = isBinary ? readClientFrame(data) : undefined;
      if (!frame || frame.type === "hello") connection.close("malformed");
      else if (!bucket.take()) connection.close("too-many");
      else if (frame.type === "ping") connection.send({ type: "pong" });
      else if (frame.type === "renew") guard(renew(connection, { challenge, hello, frame }));
      else if (!connection.opened) connection.close("not-opened");
      else guard(handle(frame));
    });
    remember(connection);
    if (!(await isStillAllowed(connection, hello.token))) return;
    if (connection.opened) await sendContent(connection, hello);
    else await fallAsleep(connection);
  }

  /** A lock between the check of a token and the moment when its connection is known would find nothing to close. */
  async function isStillAllowed(connection: Connection, token: string): Promise<boolean> {
    const now = await signIn.current(token);
    if (!now.ok) connection.close(now.code);
    return now.ok;
  }

  async function fallAsleep(connection: Connection): Promise<void> {
    connection.send({ type: "opened", serverTime: now(), keyPackagesLeft: 0, directorySequence: 0 });
    await sleepers.enter(connection);
  }

  /** Takes a fresh token; one of the second step opens the connection to content. */
  async function renew(
    connection: Connection,
    { challenge, hello, frame }: { challenge: Uint8Array; hello: HelloFrame; frame: RenewFrame },
  ): Promise<void> {
    const renewed = await signIn.checkRenewal(frame.token, challenge, frame.signature);
    if (!renewed.ok) return connection.close(renewed.code);
    const { deviceId, level, endsAt } = renewed.value;
    if (deviceId !== connection.device.deviceId) return connection.close("unauthorised");
    if (level === "device" && connection.opened) return connection.close("not-opened");
    connection.endTokenIn(endsAt - now());
    if (level === "device" || connection.opened) return;
    connection.raise();
    sleepers.leave(connection);
    if (await isStillAllowed(connection, frame.token)) await sendContent(connection, hello);
  }

  async function sendContent(connection: Connection, hello: HelloFrame): Promise<void> {
    const { deviceId } = connection.device;
    connection.send({
      type: "opened",
      serverTime: now(),
      keyPackagesLeft: await keyPackages.left(deviceId),
      directorySequence: await stores.directory.head(),
    });
    await sendInbox(connection, hello.inboxSequence);
    await fanOut.enter(connection, new Map(hello.cursors.map(({ roomId, sequence }) => [roomId, sequence])));
    connection.send({ type: "caught-up" });
    for (const userId of await keyPackages.available(deviceId))
      connection.send({ type: "key-packages-available", userId });
  }

  /** Handles the frames of one connection; submissions keep their order, also behind one whose signature takes time. */
  function frameHandler(connection: Connection): (frame: ContentFrame) => Promise<void> {
    let founding: Promise<void> | undefined;
    return async (frame) => {
      if (frame.type !== "submit") return onFrame(connection, frame);
      if (founding) await founding;
      if (frame.submission.kind !== "found") return onSubmit(connection, frame);
      founding = onSubmit(connection, frame).finally(() => {
        founding = undefined;
      });
      return founding;
    };
  }

  async function onSubmit(connection: Connection, frame: SubmitFrame): Promise<void> {
    const { submissionId, roomId } = frame;
    const answer = await roomLog.submit(connection.device, frame);
    if (answer.answer === "accepted") {
      const { sequence, time } = answer;
      connection.send({ type: "accepted", submissionId, roomId, sequence, time });
      if (frame.submission.kind === "found") await fanOut.enterRoom(connection, roomId);
    } else {
      const { answer: _, ...refusal } = answer;
      connection.send({ type: "refused", submissionId, roomId, ...refusal });
    }
  }

  async function onFrame(connection: Connection, frame: Exclude<ContentFrame, SubmitFrame>): Promise<void> {
    const { device } = connection;
    switch (frame.type) {
      case "ack":
        fanOut.onAck(connection, frame.roomId, frame.sequence);
        return;
      case "inbox-ack":
        await stores.roomLog.dropInbox(device.deviceId, frame.sequence);
    }
  }

  async function sendInbox(connection: Connection, after: number): Promise<void> {
    const items = await stores.roomLog.inbox(connection.device.deviceId, after);
    for (const item of items) {
      // One to a frame: a Welcome to a large room fills it alone.
      connection.send({ type: "inbox", items: [item] });
    }
    if (items.length === 100) await sendInbox(connection, items.at(-1)?.sequence ?? after);
  }

  function remember(connection: Connection): void {
    const { deviceId } = connection.device;
    const same = connections.get(deviceId) ?? new Set();
    same.add(connection);
    connections.set(deviceId, same);
  }

  function forget(connection: Connection): void {
    const { deviceId } = connection.device;
    const same = connections.get(deviceId);
    same?.delete(connection);
    if (same?.size === 0) connections.delete(deviceId);
    fanOut.leave(connection);
    sleepers.leave(connection);
  }

  const connectionsOf = (deviceId: DeviceId): Connection[] => [...(connections.get(deviceId) ?? [])];
  const openedOf = (deviceId: DeviceId): Connection[] =>
    connectionsOf(deviceId).filter(({ opened }) => opened);
  const all = (): Connection[] => [...connections.values()].flatMap((same) => [...same]);

  async function onHint(hint: Hint): Promise<void> {
    switch (hint.of) {
      case "entries":
        sleepers.onEntries(hint.roomId, hint.entries);
        return fanOut.onEntries(hint.roomId, hint.entries);
      case "inbox":
        return onInbox(hint.to);
      case "key-packages-available":
        for (const connection of openedOf(hint.to))
          connection.send({ type: "key-packages-available", userId: hint.userId });
        return;
      case "key-packages-low":
        for (const connection of openedOf(hint.to))
          connection.send({ type: "key-packages-low", left: hint.left });
        return;
      case "directory": {
        const bytes = encodeCbor({ type: "directory-changed", sequence: hint.sequence });
        for (const connection of all()) if (connection.opened) connection.sendEncoded(bytes);
        return;
      }
      case "device-closed":
        for (const connection of connectionsOf(hint.deviceId)) connection.close(hint.code);
        return;
      case "content-closed":
        for (const connection of "deviceId" in hint ? connectionsOf(hint.deviceId) : all())
          if (connection.opened && ("deviceId" in hint || connection.device.deviceClass === hint.deviceClass))
            connection.close(hint.code);
        return;
      case "orders-changed":
        for (const connection of hint.to === undefined ? all() : connectionsOf(hint.to))
          connection.send({ type: "orders-changed" });
    }
  }

  async function onInbox(to: DeviceId): Promise<void> {
    for (const connection of connectionsOf(to)) {
      if (!connection.opened) {
        await sleepers.onInbox(connection);
        continue;
      }
      for (const item of await stores.roomLog.inbox(to, 0)) {
        connection.send({ type: "inbox", items: [item] });
        await fanOut.enterRoom(connection, item.roomId);
      }
    }
  }
  hints.subscribe((hint) => guard(onHint(hint)));

  const alive = setInterval(() => {
    for (const same of connections.values()) for (const connection of same) connection.checkAlive();
  }, aliveIntervalMs);
  const flushing = setInterval(() => guard(fanOut.flush()), flushIntervalMs);

  return {
    connections: () => sockets.clients.size,
    async close() {
      clearInterval(alive);
      clearInterval(flushing);
      await fanOut.flush();
      for (const socket of sockets.clients) socket.close(1001, "unavailable");
      await new Promise<void>((resolve) => {
        // Whoever does not close in time is cut off.
        const timer = setTimeout(() => {
          for (const socket of sockets.clients) socket.terminate();
        }, 500);
        sockets.close(() => {
          clearTimeout(timer);
          resolve();
        });
      });
    },
  };
}

function endUnknown(socket: WebSocket, code: ErrorCode): void {
  if (socket.readyState === socket.OPEN) socket.send(encodeCbor({ type: "closing", code }));
  socket.close(1008, code);
}
