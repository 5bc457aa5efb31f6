/** Everything that runs once a device is activated, wired together. */
import type { E2ee } from "@nimes/e2ee/e2ee";
import type { ErrorCode } from "@nimes/protocol/errors";
import { sha256 } from "@nimes/protocol/hash";
import type { ClientId, RoomId, UserId } from "@nimes/protocol/ids";
import { userOf } from "@nimes/protocol/ids";
import { limits } from "@nimes/protocol/limits";
import type { Result } from "@nimes/protocol/result";
import { routes } from "@nimes/protocol/routes/routes";
import type { ClassPolicy } from "@nimes/protocol/signed/policy";
import { webCryptoSigner } from "@nimes/protocol/signed/signed";
import { strandedRoom } from "../../core/move-room.ts";
import { plausibleNow } from "../../core/plausible-now.ts";
import type { DeviceRecord } from "../../core/records.ts";
import type { Connection } from "../../nimes-client.ts";
import { waitFor } from "../../ports/clock.ts";
import type { Ports } from "../../ports/ports.ts";
import type { Store } from "../../ports/store.ts";
import { StoreFull } from "../../ports/store.ts";
import type { Changes } from "../changes.ts";
import { createConnection } from "../connection/connection.ts";
import { loadPosition } from "../connection/position.ts";
import type { Session } from "../connection/session.ts";
import { createArrivals } from "../delivery/arrivals.ts";
import { createClaims } from "../delivery/claims.ts";
import { createCommits } from "../delivery/commits.ts";
import { createInbox } from "../delivery/inbox.ts";
import { createKeyPackages } from "../delivery/key-packages.ts";
import { createMissing } from "../delivery/missing.ts";
import type { Outbox } from "../delivery/outbox.ts";
import { loadOutbox } from "../delivery/outbox.ts";
import { createSubmissions } from "../delivery/submissions.ts";
import type { Attachments } from "../media/attachments.ts";
import { createAttachments } from "../media/attachments.ts";
import { ChainsUnreachable } from "../people/chains-unreachable.ts";
import type { DirectoryService } from "../people/directory.ts";
import { loadDirectory } from "../people/directory.ts";
import type { Organisation } from "../people/organisation.ts";
import { type Awaited, createAwaited } from "../rooms/awaited.ts";
import { createBringBack } from "../rooms/bring-back.ts";
import { createExpiry } from "../rooms/expiry.ts";
import type { Leaving } from "../rooms/leaving.ts";
import { createLeaving } from "../rooms/leaving.ts";
import type { Members } from "../rooms/members.ts";
import { createMembers } from "../rooms/members.ts";
import { tellAboutPeople } from "../rooms/new-devices.ts";
import { putOwnNotice } from "../rooms/own-notice.ts";
import { readAgain } from "../rooms/read-again.ts";
import { createRecovery } from "../rooms/recovery.ts";
import { createRenewal } from "../rooms/renewal.ts";
import type { RoomRecords } from "../rooms/room-records.ts";
import { loadRoomRecords } from "../rooms/room-records.ts";
import type { RoomRolesService } from "../rooms/room-roles.ts";
import { createRoomRoles } from "../rooms/room-roles.ts";
import type { Rooms } from "../rooms/rooms.ts";
import { createRooms } from "../rooms/rooms.ts";

export type Account = {
  device: DeviceRecord;
  store: Store;
  e2ee: E2ee;
  records: RoomRecords;
  rooms: Rooms;
  members: Members;
  roles: RoomRolesService;
  leaving: Leaving;
  awaited: Awaited;
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
    clock,
    failed,
    onNewDevices: (userIds) =>
      inBackground(tellAboutPeople({ records, changes, clock }, "new-device", userIds)),
    onChangedUnit: (userIds) =>
      inBackground(tellAboutPeople({ records, changes, clock }, "changed-unit", userIds)),
    onChangedDevices(userIds) {
      for (const { roomId, devices } of records.all())
        if (devices.some((device) => userIds.includes(userOf(device)))) members.reconcile(roomId);
    },
  });
  const now = (): number => plausibleNow(clock.now(), arrivals.serverAheadMs(), directory.user(userId));
  const e2ee: E2ee = await ports.openE2ee({
    storeName: device.mlsStore.name,
    databaseKey: device.mlsStore.key,
    clientId,
    directory: directory.lookup,
    wasm: ports.wasm,
    now,
  });
  const records = await readAgain(clientId, store, await loadRoomRecords(store));
  const position = await loadPosition({ store, records });

  const connection = createConnection({
    ...ports,
    session,
    deviceKeys,
    position: position.now,
    keepStamp: (stamp) => inBackground(position.keepStamp(stamp)),
    events: {
      frame: (frame) => arrivals.onFrame(frame),
      changed: () => arrivals.onLink(),
      ended: needs.ended,
    },
  });
  const isOpen = (): boolean => connection.link().state === "open";
  const isOnline = (): boolean => isOpen() && arrivals.isCaughtUp();
  const submissions = createSubmissions({
    clock,
    random: ports.random,
    send: connection.send,
    isOpen,
    restart: connection.restart,
  });
  const claims = createClaims({ clock, random: ports.random, restart: connection.restart });
  const reached = (proved: Result<void>): void => {
    if (!proved.ok) throw new ChainsUnreachable();
  };
  const refresh = async (userIds: readonly UserId[]) => reached(await directory.refresh(userIds));
  const proveDevices = async (clientIds: readonly ClientId[]) =>
    reached(await directory.proveDevices(clientIds));
  const isKnownPerson = (person: UserId): boolean => directory.user(person)?.attested === true;
  const common = {
    isEnded: (device: ClientId) => directory.isEnded(device),
    e2ee,
    rooms: records,
    submissions,
    changes,
    clock,
    store,
    refresh,
    proveDevices,
    claimed: claims.claimed,
    shown: claims.shown,
    random: ports.random,
    isKnownPerson,
    failed,
  };

  const outbox = await loadOutbox({
    ...common,
    self: clientId,
    isOnline,
    outside: (roomId) => inBackground(bringBack.look(roomId)),
    mayNotRead: (room, one) =>
      room.removing.includes(userOf(one)) || room.leaving.includes(userOf(one)) || common.isEnded(one),
    takeOut: (roomId) => members.reconcile(roomId),
    tellFork: (roomId) => putOwnNotice({ records, changes, clock }, roomId, { notice: { type: "fork" } }),
  });
  const attachments = createAttachments({
    ...common,
    policy: needs.policy,
    session,
    outbox,
    pictures: ports.pictures,
    random: ports.random,
  });
  const deviceSigner = await webCryptoSigner(deviceKeys);
  const commits = createCommits({ ...common, self: { clientId }, device: deviceSigner });
  const members = createMembers({
    ...common,
    commits,
    assumeLead: (roomId) => roles.assumeLead(roomId),
    takeRole: (roomId, userId) => roles.takeRole(roomId, userId),
    self: { clientId, userId },
    session,
    isOnline,
    waitsToSeal: outbox.waitsToSeal,
    onIntroduced: outbox.drain,
    onChanged: outbox.drain,
    onStranded: (roomId) => inBackground(strand(roomId)),
  });
  const inbox = createInbox({
    ...common,
    directory: directory.lookup,
    self: clientId,
    latestTime: () => now() + limits.phoneClockToleranceMs,
    outbox,
    acknowledge: (roomId, sequence) => connection.send({ type: "ack", roomId, sequence }),
    onEpoch(roomId) {
      leaving.look(roomId);
      members.reconcile(roomId);
      outbox.drain(roomId);
    },
    onFounded(roomId) {
      members.reconcile(roomId);
      attachments.resume(roomId);
    },
    onTrouble: (roomId) => {
      // The Welcome to the group that the log has named may have come before, and comes again.
      if (records.get(roomId)?.trouble?.kind === "moved") connection.restart();
      else recovery.look(roomId);
    },
    onAsked: (roomId, ask) => inBackground(missing.answer(roomId, ask)),
    onLeft: (room) => rooms.onLeft(room),
    tellWithheld: (roomId) =>
      inBackground(putOwnNotice({ records, changes, clock }, roomId, { notice: { type: "withheld" } })),
    restart: connection.restart,
    progressed: () => arrivals.onProgress(),
  });
  const rooms = createRooms({
    ...common,
    isOnline,
    self: { clientId, userId },
    device: deviceSigner,
    directory: directory.lookup,
    tell: (roomId, notice) => putOwnNotice({ records, changes, clock }, roomId, { notice }),
    outbox,
    onCarriedOver(roomId) {
      outbox.drain(roomId);
      attachments.resume(roomId);
    },
    onJoined(roomId) {
      inbox.onRoom(roomId);
      attachments.resume(roomId);
    },
    enter: (entrance) => recovery.enter(entrance),
    restart: connection.restart,
    acknowledgeInbox: ({ sequence, welcome }) =>
      connection.send({ type: "inbox-ack", sequence, welcome: sha256(welcome) }),
  });
  const roles = createRoomRoles({ ...common, self: { clientId, userId }, device: deviceSigner, isOnline });
  const leaving = createLeaving({ ...common, self: { clientId, userId }, device: deviceSigner, isOnline });
  const keyPackages = createKeyPackages({ e2ee, session, clock, failed });
  const recovery = createRecovery({
    ...common,
    directory: directory.lookup,
    self: { clientId, userId },
    session,
    commits,
    isOnline,
    claim: members.claim,
    giveBack: members.giveBack,
    tell: (roomId, notice) => putOwnNotice({ records, changes, clock }, roomId, { notice }),
    restart: connection.restart,
  });
  const missing = createMissing({
    ...common,
    self: clientId,
    outbox,
    bringRoles: (roomId, signed) => roles.bring(roomId, signed),
  });
  const bringBack = createBringBack({ ...common, self: { clientId }, session });
  const renewal = createRenewal({
    ...common,
    keyPace: ports.keyPace,
    isOnline,
    waitsToSeal: outbox.waitsToSeal,
    renew: members.renew,
  });
  const expiry = createExpiry({ ...common, self: clientId, policy: needs.policy });

  const inBackground = (work: Promise<unknown>): void => void work.catch(failed);

  const arrivals = createArrivals({
    ...common,
    connection,
    inbox,
    members,
    outbox,
    recovery,
    missing,
    bringBack,
    leaving,
    joining: rooms,
    keyPackages,
    directory,
    ordersChanged: needs.ordersChanged,
  });

  async function strand(roomId: RoomId): Promise<void> {
    await records.update(roomId, (known) => {
      const room = strandedRoom(known, clock.now());
      return room && { room, durability: "strict" };
    });
    recovery.look(roomId);
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
    roles,
    leaving,
    awaited: createAwaited({ session, changes }),
    outbox,
    attachments,
    directory,
    session,
    connection() {
      const link = connection.link();
      if (link.state !== "open") return link;
      const remaining = inbox.remaining();
      return arrivals.isCaughtUp() && remaining === 0
        ? { state: "online" }
        : { state: "catching-up", remaining };
    },
    start() {
      resume();
      connection.start();
      expiry.start();
      renewal.start();
      directory.start();
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
      renewal.close();
      recovery.close();
      keyPackages.close();
      directory.close();
      // A commit whose answer is still open keeps its transaction; waiting for it could take for ever.
      await Promise.race([e2ee.close(), waitFor(clock, 1_000)]);
      await store.close();
    },
  };
}
