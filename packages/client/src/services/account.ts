/** Everything that runs once a device is activated, wired together. */
import type { E2ee } from "@nimes/e2ee/e2ee";
import type { ErrorCode } from "@nimes/protocol/errors";
import type { ServerFrame } from "@nimes/protocol/frames/server-frames";
import type { ClientId, UserId } from "@nimes/protocol/ids";
import { limits } from "@nimes/protocol/limits";
import type { Result } from "@nimes/protocol/result";
import { routes } from "@nimes/protocol/routes/routes";
import type { ClassPolicy } from "@nimes/protocol/signed/policy";
import { webCryptoSigner } from "@nimes/protocol/signed/signed";
import type { DeviceRecord } from "../core/records.ts";
import type { Connection } from "../nimes-client.ts";
import { waitFor } from "../ports/clock.ts";
import type { Ports } from "../ports/ports.ts";
import type { Store } from "../ports/store.ts";
import { StoreFull } from "../ports/store.ts";
import type { Attachments } from "./attachments.ts";
import { createAttachments } from "./attachments.ts";
import { ChainsUnreachable } from "./chains-unreachable.ts";
import type { Changes } from "./changes.ts";
import { createConnection } from "./connection.ts";
import type { DirectoryService } from "./directory.ts";
import { loadDirectory } from "./directory.ts";
import { createExpiry } from "./expiry.ts";
import { createInbox } from "./inbox.ts";
import { createKeyPackages } from "./key-packages.ts";
import type { Members } from "./members.ts";
import { createMembers } from "./members.ts";
import { tellNewDevices } from "./new-devices.ts";
import type { Organisation } from "./organisation.ts";
import type { Outbox } from "./outbox.ts";
import { loadOutbox } from "./outbox.ts";
import type { RoomRecords } from "./room-records.ts";
import { loadRoomRecords } from "./room-records.ts";
import type { Rooms } from "./rooms.ts";
import { loadRooms } from "./rooms.ts";
import type { Session } from "./session.ts";
import { createSubmissions } from "./submissions.ts";

export type Account = {
  device: DeviceRecord;
  store: Store;
  e2ee: E2ee;
  records: RoomRecords;
  rooms: Rooms;
  members: Members;
  outbox: Outbox;
  attachments: Attachments;
  directory: DirectoryService;
  session: Session;
  connection(): Connection;
  start(): void;
  reconnect(): void;
  /**
   * Waits a moment for the answer to a commit: a device that does not hear of it cannot go on in its room, because
   * nobody reads the own commit from the log (DESIGN §6, "healing").
   */
  settle(): Promise<void>;
  /** Tells the server that the tokens of this device are over. */
  signOut(): Promise<unknown>;
  /** @param goesOn whether the capsule may be opened again: then it settles first. */
  close(goesOn: boolean): Promise<void>;
};

export type AccountNeeds = {
  ports: Ports;
  /** The inside of the capsule. */
  store: Store;
  /** Opened, by both steps. */
  session: Session;
  organisation: Organisation;
  changes: Changes;
  device: DeviceRecord;
  policy(): ClassPolicy;
  /** The server lets nothing more go. */
  ended(code: ErrorCode): void;
  /** Orders, policy or agreement changed. */
  ordersChanged(): void;
  /** A bug, or the store is gone. */
  failed(error: unknown): void;
};

/** After a Welcome could not be judged because the directory did not answer. */
const chainRetryMs = 5_000;

/** A commit is answered within a round trip; whoever locks the app then waits for it, behind an empty page. */
const commitPatienceMs = 2_000;

/** After something could not be stored for want of space. */
const spaceRetryMs = 10_000;

/** Opens what lies in the capsule; nothing runs before `start`. */
export async function openAccount(needs: AccountNeeds): Promise<Account> {
  const { ports, store, session, organisation, changes, device } = needs;
  const { clock } = ports;
  let cancelResume: (() => void) | undefined;
  /** Without space nothing was changed: what was under way begins again, as at a start, until there is some. */
  function failed(error: unknown): void {
    if (error instanceof StoreFull)
      cancelResume ??= clock.after(spaceRetryMs, () => {
        cancelResume = undefined;
        resume();
        connection.restart();
      });
    else needs.failed(error);
  }
  const { clientId, userId, deviceKeys } = device;
  const directory = await loadDirectory({
    store,
    organisation,
    session,
    changes,
    onNewDevices: (userIds) => inBackground(tellNewDevices({ records, changes, clock }, userIds)),
  });
  let serverAheadMs = 0;
  const e2ee: E2ee = await ports.openE2ee({
    storeName: device.mlsStore.name,
    databaseKey: device.mlsStore.key,
    clientId,
    directory: directory.lookup,
    wasm: ports.wasm,
    // The server's idea of the time: a device whose clock is a day off must not find every key package expired.
    now: () => clock.now() + serverAheadMs,
  });
  const records = await loadRoomRecords(store);

  /** Everything that had been waiting at the server when this connection began has come. */
  let caughtUp = false;
  let wasConnected = false;
  /** Changes whenever a connection ends: what came on an old one says nothing of the new. */
  let connectionEra = 0;
  /** Something was still to be opened when last looked. */
  let wasBehind = true;
  const connection = createConnection({
    ...ports,
    session,
    deviceKeys,
    position: () => ({
      cursors: records
        .all()
        .filter(({ standing }) => standing.state === "member" || standing.state === "founding")
        .slice(0, limits.maxCursors)
        .map(({ roomId, cursor }) => ({ roomId, sequence: cursor })),
      inboxSequence: rooms.inboxSequence(),
    }),
    events: {
      frame: onFrame,
      changed() {
        if (connection.link().state !== "open") {
          caughtUp = false;
          wasBehind = true;
          connectionEra += 1;
        }
        changes.tell({ of: "state" });
      },
      ended: needs.ended,
    },
  });
  const isOpen = (): boolean => connection.link().state === "open";
  const isOnline = (): boolean => isOpen() && caughtUp;
  const submissions = createSubmissions({
    clock,
    random: ports.random,
    send: connection.send,
    isOpen,
    restart: connection.restart,
  });
  const reached = (proved: Result<void>): void => {
    if (!proved.ok) throw new ChainsUnreachable();
  };
  const prove = async (userIds: readonly UserId[]) => reached(await directory.prove(userIds));
  const proveDevices = async (clientIds: readonly ClientId[]) =>
    reached(await directory.proveDevices(clientIds));
  const isKnownPerson = (person: UserId): boolean => directory.user(person) !== undefined;
  const proveEnded = async (clientIds: readonly ClientId[]) => reached(await directory.proveEnded(clientIds));
  const common = {
    isEnded: (device: ClientId) => directory.isEnded(device),
    /** Also by the server's clock, as everybody will judge who takes the device out. */
    isOver: (device: ClientId) => directory.isEnded(device, clock.now() + serverAheadMs),
    e2ee,
    rooms: records,
    submissions,
    changes,
    clock,
    store,
    prove,
    proveDevices,
    proveEnded,
    isKnownPerson,
    failed,
  };

  const outbox = await loadOutbox({
    ...common,
    self: clientId,
    isOnline,
    takeOutEnded: (roomId) => members.reconcile(roomId),
  });
  const attachments = createAttachments({
    ...common,
    policy: needs.policy,
    session,
    outbox,
    pictures: ports.pictures,
    random: ports.random,
  });
  const members = createMembers({
    ...common,
    self: { clientId, userId },
    session,
    isOnline,
    waitsToSeal: outbox.waitsToSeal,
    onIntroduced: outbox.drain,
  });
  const inbox = createInbox({
    ...common,
    self: clientId,
    outbox,
    acknowledge: (roomId, sequence) => connection.send({ type: "ack", roomId, sequence }),
    onEpoch(roomId) {
      members.reconcile(roomId);
      outbox.drain(roomId);
    },
    restart: connection.restart,
    progressed: onProgress,
  });
  const rooms = await loadRooms({
    ...common,
    self: { clientId, userId },
    device: await webCryptoSigner(deviceKeys),
    directory: directory.lookup,
    outbox,
    onFounded(roomId) {
      members.reconcile(roomId);
      attachments.resume(roomId);
    },
    onCarriedOver(roomId) {
      outbox.drain(roomId);
      attachments.resume(roomId);
    },
    onJoined(roomId) {
      inbox.onRoom(roomId);
      attachments.resume(roomId);
    },
    acknowledgeInbox: (sequence) => connection.send({ type: "inbox-ack", sequence }),
  });
  const keyPackages = createKeyPackages({ e2ee, session });
  const expiry = createExpiry({ ...common, self: clientId, policy: needs.policy });

  /** Welcomes come before the entries of their rooms, and must be applied before them. */
  let arrivals: Promise<void> = Promise.resolve();
  const afterArrivals = (work: () => Promise<void> | void): void => {
    arrivals = arrivals.then(work).catch((error: unknown) => {
      // Without its chains a Welcome cannot be judged; the server sends it again on the next connection.
      if (error instanceof ChainsUnreachable) clock.after(chainRetryMs, connection.restart);
      else failed(error);
    });
  };
  const inBackground = (work: Promise<unknown>): void => void work.catch(failed);

  function onFrame(frame: ServerFrame): void {
    switch (frame.type) {
      case "opened":
        serverAheadMs = frame.serverTime - clock.now();
        inBackground(keyPackages.refill(frame.keyPackagesLeft));
        if (frame.directorySequence !== directory.sequence()) inBackground(directory.sync());
        submissions.resume();
        // What changed while nobody listened is not told again; the opening has just asked.
        if (wasConnected) needs.ordersChanged();
        wasConnected = true;
        break;
      case "entries":
        afterArrivals(() => inbox.onEntries(frame.roomId, frame.entries));
        break;
      case "inbox":
        afterArrivals(() => rooms.join(frame.items));
        break;
      case "caught-up": {
        const era = connectionEra;
        afterArrivals(() => {
          if (era !== connectionEra) return;
          caughtUp = true;
          onProgress();
        });
        break;
      }
      case "accepted":
        submissions.onAccepted(frame);
        break;
      case "refused":
        submissions.onRefused(frame);
        break;
      case "delivered":
        inBackground(inbox.onDelivered(frame.roomId, frame.sequence));
        break;
      case "key-packages-low":
        inBackground(keyPackages.refill(frame.left));
        break;
      case "key-packages-available":
        for (const room of records.all())
          if (room.pending.includes(frame.userId)) members.reconcile(room.roomId);
        break;
      case "directory-changed":
        inBackground(directory.sync());
        break;
      case "orders-changed":
        needs.ordersChanged();
        break;
      case "challenge":
      case "closing":
      case "pong":
      case "wake":
        break;
      default:
        frame satisfies never;
    }
  }

  /** Once nothing waits to be opened any more, what is wished and what was written goes out. */
  function onProgress(): void {
    changes.tell({ of: "state" });
    const isBehind = !caughtUp || inbox.remaining() > 0;
    if (wasBehind && !isBehind)
      for (const room of records.all()) {
        members.reconcile(room.roomId);
        outbox.drain(room.roomId);
      }
    wasBehind = isBehind;
  }

  function resume(): void {
    rooms.resume();
    outbox.resume();
    attachments.resume();
  }

  let settling: Promise<void> | undefined;
  const settle = (): Promise<void> => {
    const isHeard = connection.link().state === "open";
    settling ??= Promise.race([members.settle(), waitFor(clock, isHeard ? commitPatienceMs : 0)]);
    return settling;
  };

  return {
    device,
    store,
    e2ee,
    records,
    rooms,
    members,
    outbox,
    attachments,
    directory,
    session,
    connection() {
      const link = connection.link();
      if (link.state !== "open") return link;
      const remaining = inbox.remaining();
      return caughtUp && remaining === 0 ? { state: "online" } : { state: "catching-up", remaining };
    },
    start() {
      resume();
      connection.start();
      expiry.start();
    },
    reconnect: connection.reconnect,
    settle,
    signOut: () => session.call(routes.postSignOut, {}),
    async close(goesOn) {
      cancelResume?.();
      if (goesOn) await settle();
      connection.close();
      attachments.close();
      expiry.close();
      // A commit whose answer is still open keeps its transaction; waiting for it could take for ever.
      await Promise.race([e2ee.close(), waitFor(clock, 1_000)]);
      await store.close();
    },
  };
}
