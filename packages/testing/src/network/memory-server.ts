/**
 * A server in memory behind the client's HTTP and socket ports: just enough honest delivery to try the client library
 * by itself. It believes every proof; what the real server must refuse is tested on the real one.
 */
import type { Http } from "@nimes/client/ports/http";
import type { Socket, SocketEvents, Sockets } from "@nimes/client/ports/socket";
import { decodeCbor, encodeCbor } from "@nimes/protocol/cbor";
import type { FullEntry } from "@nimes/protocol/entry";
import { digestOf, initialRunningHash, nextRunningHash } from "@nimes/protocol/entry";
import type { ErrorCode } from "@nimes/protocol/errors";
import { ClientFrame, type SubmitFrame } from "@nimes/protocol/frames/client-frames";
import type { InboxItem, ServerFrame } from "@nimes/protocol/frames/server-frames";
import type { AttachmentId, ClientId, DeviceId, RoomId, UserId } from "@nimes/protocol/ids";
import { deviceOf, formatClientId, userOf } from "@nimes/protocol/ids";
import { limits } from "@nimes/protocol/limits";
import { ok, type Result, refuse } from "@nimes/protocol/result";
import { nonceHeader } from "@nimes/protocol/routes/route";
import { type DirectoryEntry, routes } from "@nimes/protocol/routes/routes";
import type { Signed } from "@nimes/protocol/schema";
import { DeviceLink } from "@nimes/protocol/signed/device-link";
import { RoomRoles } from "@nimes/protocol/signed/room-roles";
import { peekSigned } from "@nimes/protocol/signed/signed";
import { UserAttestation } from "@nimes/protocol/signed/user-attestation";
import type { TestOrganisation } from "../organisation.ts";

type Room = {
  roles: Signed;
  entries: FullEntry[];
  hashes: Uint8Array[];
  epoch: number;
  devices: ClientId[];
  /** First entry of each device. */
  from: Map<ClientId, number>;
  acknowledged: Map<ClientId, number>;
};
type Device = {
  clientId: ClientId;
  keyPackages: Uint8Array[];
  inbox: InboxItem[];
  inboxSequence: number;
  send?: (frame: ServerFrame) => void;
};

export type MemoryServer = {
  http: Http;
  sockets: Sockets;
  enrol(attestation: Signed): void;
  /** Everything sealed that the server has ever seen. */
  rooms: Map<RoomId, Room>;
  /** Ends all connections. */
  cut(): void;
};

export function createMemoryServer(organisation: TestOrganisation): MemoryServer {
  const directory: DirectoryEntry[] = [];
  const devices = new Map<DeviceId, Device>();
  const rooms = new Map<RoomId, Room>();
  const answers = new Map<string, ServerFrame>();
  const attachments = new Map<AttachmentId, { bytes: Uint8Array; received: number }>();
  const waitingFor = new Map<UserId, Set<DeviceId>>();
  const open = new Set<SocketEvents>();

  let directorySequence = 0;
  const changed = (entry: Omit<DirectoryEntry, "sequence">): number => {
    const at = directory.findIndex(({ userId }) => userId === entry.userId);
    if (at >= 0) directory.splice(at, 1);
    directorySequence += 1;
    const sequence = directorySequence;
    directory.push({ ...entry, sequence });
    for (const device of devices.values()) device.send?.({ type: "directory-changed", sequence });
    return sequence;
  };
  const devicesOfUser = (userId: UserId) =>
    [...devices.values()].filter(({ clientId }) => userOf(clientId) === userId);

  // HTTP

  type Request = {
    params: Record<string, string>;
    query: Record<string, string>;
    body: never;
    raw: Uint8Array;
    device: Device | undefined;
  };
  const handlers: Record<string, (request: Request) => Result<unknown>> = {
    getNonce: () => ok({}),
    getOrganisation: () => ok({ manifests: organisation.manifests }),
    postActivationLookup: ({ body }) => {
      const { userId } = body as { userId: UserId };
      const entry = directory.find((one) => one.userId === userId);
      if (!entry) return refuse("activation-unknown");
      return entry.links.length > 0 ? refuse("activation-used") : ok({ attestation: entry.attestation });
    },
    postActivation: ({ body }) => {
      const { genesis } = body as { genesis: Signed };
      const link = peekSigned(DeviceLink, genesis);
      if (!link.ok) return link;
      const { userId, deviceId, orgId } = link.value;
      const entry = directory.find((one) => one.userId === userId);
      if (!entry) return refuse("activation-unknown");
      if (!devices.has(deviceId)) {
        if (entry.links.length > 0) return refuse("activation-used");
        const clientId = formatClientId({ userId, deviceId, orgId });
        devices.set(deviceId, { clientId, keyPackages: [], inbox: [], inboxSequence: 0 });
        return ok({ sequence: changed({ ...entry, links: [genesis] }) });
      }
      return ok({ sequence: entry.sequence });
    },
    postSignIn: ({ body }) => {
      const { deviceId } = body as { deviceId: DeviceId };
      return devices.has(deviceId) ? ok({ token: deviceId, lifetimeMs: 600_000 }) : refuse("unauthorised");
    },
    getDirectory: ({ query }) => {
      const entries = directory.filter(({ sequence }) => sequence > Number(query.after));
      return ok({
        entries: entries.slice(0, limits.maxDirectoryPage),
        head: directorySequence,
      });
    },
    postKeyPackages: ({ body, device }) => {
      if (!device) return refuse("unauthorised");
      device.keyPackages.push(...(body as { keyPackages: Uint8Array[] }).keyPackages);
      const userId = userOf(device.clientId);
      for (const waiting of waitingFor.get(userId) ?? [])
        devices.get(waiting)?.send?.({ type: "key-packages-available", userId });
      waitingFor.delete(userId);
      return ok({ left: device.keyPackages.length });
    },
    postKeyPackageClaim: ({ body, device }) => {
      if (!device) return refuse("unauthorised");
      const { userIds } = body as { userIds: UserId[] };
      const claimed = userIds.flatMap((userId) => {
        const own = devicesOfUser(userId);
        if (own.every(({ keyPackages }) => keyPackages.length === 0)) {
          const waiting = waitingFor.get(userId) ?? new Set();
          waitingFor.set(userId, waiting.add(deviceOf(device.clientId)));
        }
        return own.map(({ clientId, keyPackages }) => ({
          clientId,
          keyPackage: keyPackages.shift() ?? null,
        }));
      });
      return ok({ devices: claimed });
    },
    postAttachment: ({ body }) => {
      const { attachmentId, size } = body as { attachmentId: AttachmentId; size: number };
      const kept = attachments.get(attachmentId) ?? { bytes: new Uint8Array(size), received: 0 };
      attachments.set(attachmentId, kept);
      return ok({ size, received: kept.received, complete: kept.received === size });
    },
    putAttachmentPart: ({ params, query, raw }) => {
      const kept = attachments.get(params.attachmentId as AttachmentId);
      if (!kept) return refuse("not-found");
      if (Number(query.offset) !== kept.received) return refuse("upload-offset");
      kept.bytes.set(raw, kept.received);
      kept.received += raw.byteLength;
      const size = kept.bytes.byteLength;
      return ok({ size, received: kept.received, complete: kept.received === size });
    },
    getAttachment: ({ params, query }) => {
      const kept = attachments.get(params.attachmentId as AttachmentId);
      if (!kept) return refuse("not-found");
      const from = Number(query.offset);
      return ok(kept.bytes.slice(from, from + limits.maxUploadPartBytes));
    },
    deleteAttachment: ({ params }) => {
      attachments.delete(params.attachmentId as AttachmentId);
      return ok({});
    },
  };

  const http: Http = {
    async send({ method, url, headers, body }) {
      const { pathname, searchParams } = new URL(url);
      for (const [name, row] of Object.entries(routes)) {
        const pattern = new RegExp(`^${row.path.replace(/:(\w+)/g, "(?<$1>[^/]+)")}$`);
        const match = pattern.exec(pathname);
        if (!match || row.method !== method) continue;
        const schema = "body" in row && row.body && !("bytes" in row.body) ? row.body : undefined;
        const decoded = schema && body ? decodeCbor(schema, body) : ok(undefined);
        const token = headers.authorization?.replace("DPoP ", "") as DeviceId | undefined;
        const result = decoded.ok
          ? (handlers[name]?.({
              params: match.groups ?? {},
              query: Object.fromEntries(searchParams),
              body: decoded.value as never,
              raw: body ?? new Uint8Array(),
              device: token && devices.get(token),
            }) ?? refuse("not-found"))
          : decoded;
        return ok({
          status: result.ok ? 200 : 400,
          header: (header: string) => (header === nonceHeader ? "nonce" : null),
          body: Uint8Array.from(
            result.ok && result.value instanceof Uint8Array
              ? result.value
              : encodeCbor(result.ok ? result.value : { code: result.code }),
          ),
        });
      }
      throw new Error(`no such route: ${method} ${pathname}`);
    },
  };

  // Delivery

  function submit(device: Device, { submissionId, roomId, submission }: SubmitFrame): void {
    const key = `${device.clientId} ${submissionId}`;
    const answer = (frame: ServerFrame): void => {
      answers.set(key, frame);
      device.send?.(frame);
    };
    const refused = (code: ErrorCode, more: { epoch?: number; existingRoomId?: RoomId } = {}): void =>
      answer({ type: "refused", submissionId, roomId, code, ...more });
    const earlier = answers.get(key);
    if (earlier) {
      device.send?.(earlier);
      return;
    }
    const sender = device.clientId;
    if (submission.kind === "found") {
      const existing = directRoomLike(submission.roles);
      if (existing) {
        refused("room-exists", { existingRoomId: existing });
        return;
      }
      const room: Room = {
        roles: submission.roles,
        entries: [],
        hashes: [initialRunningHash(roomId)],
        epoch: 0,
        devices: [sender],
        from: new Map([[sender, 1]]),
        acknowledged: new Map(),
      };
      rooms.set(roomId, room);
      append(room, roomId, { kind: "roles", epoch: 0, sender, submissionId, bytes: encodeCbor(room.roles) });
    } else {
      const room = rooms.get(roomId);
      if (!room?.devices.includes(sender)) {
        refused("not-a-member");
        return;
      }
      const stale =
        submission.kind === "commit"
          ? submission.epoch !== room.epoch
          : submission.epoch < room.epoch - limits.epochsBack;
      if (stale) {
        refused("stale-epoch", { epoch: room.epoch });
        return;
      }
      const { kind, epoch, bytes } = submission;
      if (submission.kind === "commit") {
        const added = submission.devices.filter((one) => !room.devices.includes(one));
        const before = room.devices;
        room.devices = submission.devices;
        room.epoch += 1;
        const part = { kind, epoch, sender, submissionId, bytes, devices: submission.devices };
        append(room, roomId, part, [...new Set([...before, ...room.devices])]);
        const roomSequence = room.entries.length;
        for (const clientId of added) {
          room.from.set(clientId, roomSequence + 1);
          const to = devices.get(deviceOf(clientId));
          if (!to || !submission.welcome) continue;
          to.inboxSequence += 1;
          const item: InboxItem = {
            sequence: to.inboxSequence,
            kind: "welcome",
            roomId,
            roomSequence,
            runningHash: room.hashes.at(-1) ?? new Uint8Array(32),
            welcome: submission.welcome,
            roles: [room.roles],
            devices: submission.devices,
            committer: sender,
          };
          to.inbox.push(item);
          to.send?.({ type: "inbox", items: [item] });
        }
      } else append(room, roomId, { kind, epoch, sender, submissionId, bytes });
    }
    const sequence = rooms.get(roomId)?.entries.length ?? 0;
    answer({ type: "accepted", submissionId, roomId, sequence, time: Date.now() });
  }

  function directRoomLike(roles: Signed): RoomId | undefined {
    const wanted = peekSigned(RoomRoles, roles);
    if (!wanted.ok || wanted.value.kind !== "direct") return undefined;
    const usersOf = (users: { userId: UserId }[]) =>
      users
        .map(({ userId }) => userId)
        .sort()
        .join();
    for (const [roomId, room] of rooms) {
      const found = peekSigned(RoomRoles, room.roles);
      if (
        found.ok &&
        found.value.kind === "direct" &&
        usersOf(found.value.users) === usersOf(wanted.value.users)
      )
        return roomId;
    }
    return undefined;
  }

  function append(
    room: Room,
    roomId: RoomId,
    part: Omit<FullEntry, "sequence" | "time">,
    audience: readonly ClientId[] = room.devices,
  ): void {
    const entry: FullEntry = { ...part, sequence: room.entries.length + 1, time: Date.now() };
    room.entries.push(entry);
    room.hashes.push(nextRunningHash(room.hashes.at(-1) ?? new Uint8Array(32), digestOf(entry)));
    for (const clientId of audience)
      if (entry.sequence >= (room.from.get(clientId) ?? Number.POSITIVE_INFINITY))
        devices.get(deviceOf(clientId))?.send?.({ type: "entries", roomId, entries: [entry] });
  }

  function acknowledge(device: Device, roomId: RoomId, sequence: number): void {
    const room = rooms.get(roomId);
    if (!room) return;
    room.acknowledged.set(device.clientId, sequence);
    for (const clientId of room.devices) {
      const others = new Map<UserId, number>();
      for (const other of room.devices)
        if (userOf(other) !== userOf(clientId)) {
          const seen = Math.max(others.get(userOf(other)) ?? 0, room.acknowledged.get(other) ?? 0);
          others.set(userOf(other), seen);
        }
      if (others.size > 0)
        devices
          .get(deviceOf(clientId))
          ?.send?.({ type: "delivered", roomId, sequence: Math.min(...others.values()) });
    }
  }

  function hello(device: Device, cursors: Map<RoomId, number>, inboxSequence: number): void {
    const { send } = device;
    if (!send) return;
    send({
      type: "opened",
      serverTime: Date.now(),
      keyPackagesLeft: device.keyPackages.length,
      directorySequence: directorySequence,
    });
    const items = device.inbox.filter(({ sequence }) => sequence > inboxSequence);
    if (items.length > 0) send({ type: "inbox", items });
    for (const [roomId, room] of rooms) {
      const from = room.from.get(device.clientId);
      if (from === undefined) continue;
      const cursor = cursors.get(roomId) ?? from - 1;
      const entries = room.entries.filter(({ sequence }) => sequence >= from && sequence > cursor);
      for (let at = 0; at < entries.length; at += limits.maxEntriesPerFrame)
        send({ type: "entries", roomId, entries: entries.slice(at, at + limits.maxEntriesPerFrame) });
    }
    send({ type: "caught-up" });
  }

  const sockets: Sockets = {
    open(_url, events) {
      let ended = false;
      let device: Device | undefined;
      const later = (work: () => void): void => void setImmediate(() => ended || work());
      const send = (frame: ServerFrame): void => {
        const bytes = encodeCbor(frame);
        later(() => events.message(bytes));
      };
      const close = (): void => {
        if (ended) return;
        ended = true;
        open.delete(handle);
        if (device?.send === send) delete device.send;
        events.closed();
      };
      const handle: SocketEvents = { message: events.message, closed: close };
      open.add(handle);
      send({ type: "challenge", challenge: crypto.getRandomValues(new Uint8Array(32)) });
      const receive = (bytes: Uint8Array): void => {
        const decoded = decodeCbor(ClientFrame, bytes);
        if (!decoded.ok) throw new Error("the client sent what the protocol does not know");
        const frame = decoded.value;
        if (frame.type === "hello") {
          device = devices.get(frame.token as DeviceId);
          if (!device) {
            close();
            return;
          }
          device.send = send;
          hello(
            device,
            new Map(frame.cursors.map(({ roomId, sequence }) => [roomId, sequence])),
            frame.inboxSequence,
          );
        } else if (!device) {
          close();
          return;
        } else if (frame.type === "submit") submit(device, frame);
        else if (frame.type === "ack") acknowledge(device, frame.roomId, frame.sequence);
        else if (frame.type === "inbox-ack")
          device.inbox = device.inbox.filter(({ sequence }) => sequence > frame.sequence);
        else send({ type: "pong" });
      };
      const socket: Socket = {
        send: (bytes) => later(() => receive(bytes)),
        close: () => setImmediate(close),
      };
      return socket;
    },
  };

  return {
    http,
    sockets,
    rooms,
    enrol(attestation) {
      const user = peekSigned(UserAttestation, attestation);
      if (!user.ok) throw new Error("not an attestation");
      changed({ userId: user.value.userId, attestation, links: [] });
    },
    cut() {
      for (const { closed } of [...open]) closed();
    },
  };
}
