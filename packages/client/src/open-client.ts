/** Opens the client library of one device: the composition root behind {@link NimesClient}. */

import { utf8 } from "@nimes/protocol/bytes";
import type { MessageId, RoomId } from "@nimes/protocol/ids";
import { limits } from "@nimes/protocol/limits";
import { isBlank } from "@nimes/protocol/names";
import type { Result } from "@nimes/protocol/result";
import { ok, refuse } from "@nimes/protocol/result";
import { may } from "@nimes/protocol/roles/may";
import type { RoomRecord } from "./core/room-record.ts";
import { isIn, sightOf } from "./core/room-record.ts";
import type { Names } from "./core/view.ts";
import { activityOf, personOf, summaryOf } from "./core/view.ts";
import { detailOf } from "./core/view-room.ts";
import type { ClientState, Directory, Me, NimesClient, TimelinePage } from "./nimes-client.ts";
import { byCanonicalPin } from "./pin/canonical-pin.ts";
import type { Ports } from "./ports/ports.ts";
import { StoreClosed, StoreFull } from "./ports/store.ts";
import { createChanges } from "./services/changes.ts";
import { createServerCalls } from "./services/connection/server-calls.ts";
import type { Account } from "./services/life/account.ts";
import { shownAgreement } from "./services/life/agreement.ts";
import { createLifecycle } from "./services/life/lifecycle.ts";
import type { Lifecycle, Phase } from "./services/life/phase.ts";
import { createSecondStep } from "./services/life/second-step.ts";
import { putMark } from "./services/rooms/put-mark.ts";
import { countUnread, readTimeline } from "./services/rooms/timeline.ts";

/** One writer per device: every tab of a browser asks for the same lock. */
const lockName = "nimes-device";

/**
 * Resolves as soon as there is something to show: the lock screen, the invitation to activate, or that another tab is
 * open; in that case it goes on by itself when the other tab has been closed.
 */
export async function openClient(given: Ports): Promise<NimesClient> {
  const ports: Ports = { ...given, opaque: byCanonicalPin(given.opaque) };
  const changes = createChanges(ports.clock);
  const calls = createServerCalls(ports);
  const life = createLifecycle({ ports, calls, changes });
  let closed = false;
  let releaseLock: (() => void) | undefined;

  const account = (): Account | undefined => {
    const phase = life.phase();
    return phase.phase === "ready" ? phase.account : undefined;
  };

  const { promise: settled, resolve: settle } = Promise.withResolvers<void>();
  ports.lock
    .acquire(lockName, () => {
      life.otherTab();
      settle();
    })
    .then(async (release) => {
      releaseLock = release;
      if (closed) return release();
      await life.boot();
    })
    .catch(life.failed)
    .finally(settle);
  await settled;

  const names = (account: Account): Names => ({
    self: account.device.clientId,
    user: account.directory.user,
    unitName: account.directory.unitName,
    awaited: account.awaited.of,
  });
  const roomOf = (account: Account, roomId: RoomId): RoomRecord | undefined =>
    account.records.get(account.records.current(roomId));

  /** Answers a person: storage that is full is an expected outcome here. */
  async function answering<T>(work: (account: Account) => Promise<Result<T>>): Promise<Result<T>> {
    const current = account();
    if (!current) return refuse("unauthorised");
    try {
      return await work(current);
    } catch (error) {
      if (error instanceof StoreFull) return refuse("device-storage-full");
      if (error instanceof StoreClosed) return refuse("unauthorised");
      throw error;
    }
  }

  /** Tells a person; what is `empty` where the capsule is closed, or is locked meanwhile. */
  async function telling<T>(empty: T, work: (account: Account) => Promise<T>): Promise<T> {
    const current = account();
    if (!current) return empty;
    try {
      return await work(current);
    } catch (error) {
      if (error instanceof StoreClosed) return empty;
      throw error;
    }
  }

  /** For what comes again by itself and is not worth a word: a storage that is full costs no more than that. */
  async function inPassing(work: (account: Account) => Promise<void>): Promise<void> {
    const current = account();
    if (!current) return;
    try {
      await work(current);
    } catch (error) {
      if (!(error instanceof StoreFull || error instanceof StoreClosed)) throw error;
    }
  }

  /** The room, if this device may write into it. */
  function writableRoom(account: Account, roomId: RoomId): Result<RoomRecord> {
    const room = roomOf(account, roomId);
    if (!room) return refuse("not-found");
    if (!isIn(room)) return refuse("not-a-member");
    return may(sightOf(room, account.directory.isEnded), account.device.userId, "post")
      ? ok(room)
      : refuse("forbidden");
  }

  return {
    async state() {
      return stateOf(life);
    },
    async subscribe(listener) {
      return changes.subscribe(listener);
    },
    previewActivation: life.activation.preview,
    agreementFor: life.activation.agreementFor,
    async activate(link, consent) {
      try {
        const opened = await life.activate(link, consent);
        return opened.ok ? ok(meOf(opened.value)) : opened;
      } catch (error) {
        if (error instanceof StoreFull) return refuse("device-storage-full");
        throw error;
      }
    },
    ...createSecondStep(ports, life),

    async rooms() {
      const of = account();
      if (!of) return [];
      const { records, outbox } = of;
      return records
        .all()
        .filter((room) => records.current(room.roomId) === room.roomId)
        .map((room) => ({ room, waiting: outbox.records(room.roomId) }))
        .sort((a, b) => activityOf(b.room, b.waiting) - activityOf(a.room, a.waiting))
        .map(({ room, waiting }) => summaryOf(names(of), room, waiting));
    },
    async room(roomId) {
      const of = account();
      const room = of && roomOf(of, roomId);
      return room && detailOf(names(of), room, of.outbox.records(room.roomId));
    },
    async lookWhoHasCome(roomId) {
      const of = account();
      await of?.awaited.look(of.records.current(roomId));
    },
    timeline: (roomId, page) =>
      telling<TimelinePage>({ items: [], hasOlder: false }, async (account) => {
        const room = roomOf(account, roomId);
        if (!room) return { items: [], hasOlder: false };
        return readTimeline(
          { store: account.store, outbox: account.outbox, names: names(account) },
          room,
          page,
        );
      }),
    directory: () =>
      telling<Directory>({ units: [], people: [] }, async (account) => {
        const users = await account.directory.users();
        const { units } = account.directory.organisation().manifest;
        return {
          units: units.map(({ id, name }) => ({ unitId: id, name })),
          people: users.map((user) => personOf(names(account), user)),
        };
      }),

    openDirectRoom: (userId) => answering((account) => account.rooms.openDirect(userId)),
    createGroup: (group) =>
      answering(async (account) => {
        const name = group.name.trim();
        if (isBlank(name) || name.length > limits.maxRoomNameLength) return refuse("malformed", "name");
        if (group.userIds.length >= limits.maxRoomUsers) return refuse("room-full");
        const { userIds, moderators = [], kind = "group" } = group;
        if (!moderators.every((userId) => userIds.includes(userId))) return refuse("malformed", "moderators");
        return account.rooms.createGroup({ kind, name, userIds, moderators });
      }),
    addPeople: (roomId, userIds) =>
      answering((account) => account.members.add(account.records.current(roomId), userIds)),
    removePerson: (roomId, userId) =>
      answering((account) => account.members.remove(account.records.current(roomId), userId)),

    setRole: (roomId, userId, role) =>
      answering((account) => account.roles.setRole(account.records.current(roomId), userId, role)),
    leaveRoom: (roomId) => answering((account) => account.leaving.leave(account.records.current(roomId))),

    sendText: (roomId, text) =>
      answering(async (account): Promise<Result<MessageId>> => {
        const room = writableRoom(account, roomId);
        if (!room.ok) return room;
        if (isBlank(text)) return refuse("malformed", "text");
        if (utf8(text).byteLength > limits.maxTextBytes) return refuse("too-large");
        return ok(await account.outbox.compose(room.value.roomId, { kind: "text", text }));
      }),
    mark: (roomId, body) =>
      answering(async (account): Promise<Result<void>> => {
        const room = writableRoom(account, roomId);
        return room.ok ? putMark(account, room.value.roomId, body) : room;
      }),
    sendPicture: (roomId, picture) =>
      answering(async (account): Promise<Result<MessageId>> => {
        const room = writableRoom(account, roomId);
        return room.ok ? account.attachments.send(room.value.roomId, picture) : room;
      }),
    retry: (roomId, messageId) =>
      inPassing((account) => {
        // What waits may wait for its room, whose founding was refused.
        account.rooms.resume();
        return account.attachments.retry(account.records.current(roomId), messageId);
      }),
    discard: (roomId, messageId) =>
      answering(async (account) => account.attachments.discard(account.records.current(roomId), messageId)),
    picture: (roomId, messageId) =>
      answering(async (account) => account.attachments.picture(account.records.current(roomId), messageId)),

    setDraft: (roomId, text) =>
      inPassing(async (account) => {
        await account.records.update(account.records.current(roomId), (room) =>
          room.draft === text ? undefined : { room: { ...room, draft: text } },
        );
        changes.tell({ of: "rooms" });
      }),
    markRead: (roomId, sequence) =>
      inPassing(async (account) => {
        const current = account.records.current(roomId);
        const changed = await account.records.update(current, async (room) => {
          if (sequence <= room.readUpTo) return undefined;
          const readUpTo = Math.min(sequence, room.cursor);
          const unread = await countUnread(
            { store: account.store, names: names(account) },
            current,
            readUpTo,
          );
          return { room: { ...room, readUpTo, unread } };
        });
        if (changed) changes.tell({ of: "rooms" });
      }),
    async reconnect() {
      account()?.reconnect();
    },
    async close() {
      closed = true;
      changes.close();
      await life.close();
      await ports.storage.close();
      releaseLock?.();
    },
  };
}

function stateOf(life: Lifecycle): ClientState {
  const phase: Phase = life.phase();
  switch (phase.phase) {
    case "starting":
    case "not-activated":
    case "other-tab":
    case "old-format":
    case "ended":
      return { state: phase.phase };
    case "failed":
      return { state: "failed", code: phase.code };
    case "locked":
      return { state: "locked", lock: life.lockOf(phase.home) };
    case "agreement":
      return { state: "agreement", agreement: shownAgreement(phase.agreement) };
    case "destroyed": {
      const { why, reason, passkey } = phase.remains;
      return {
        state: "destroyed",
        why,
        ...(reason !== undefined && { reason }),
        ...(passkey !== undefined && { passkey }),
      };
    }
    case "ready": {
      const { account } = phase;
      return {
        state: "ready",
        me: meOf(account),
        connection: account.connection(),
        waiting: account.outbox.waiting(),
        directory: account.directory.isSound() ? "sound" : "contradictory",
      };
    }
    default:
      return phase satisfies never;
  }
}

function meOf({ device, directory }: Account): Me {
  const user = directory.user(device.userId);
  return {
    userId: device.userId,
    clientId: device.clientId,
    displayName: user?.displayName ?? "",
    unitName: user ? directory.unitName(user.unitId) : "",
    function: user?.function ?? "",
    organisation: directory.organisation().manifest.name,
    deviceClass: user?.devices.find(({ clientId }) => clientId === device.clientId)?.deviceClass ?? "service",
  };
}
