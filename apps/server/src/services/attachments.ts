/** Encrypted attachments: begun with their size, appended part by part, read by the members of the room. */
import type { AttachmentId, RoomId } from "@nimes/protocol/ids";
import { limits } from "@nimes/protocol/limits";
import type { Result } from "@nimes/protocol/result";
import { ok, refuse } from "@nimes/protocol/result";
import type { AttachmentRow, AttachmentStore } from "../ports/attachment-store.ts";
import type { ObjectStore } from "../ports/object-store.ts";
import type { RoomLogStore } from "../ports/room-log-store.ts";
import { StorageFull } from "../ports/storage-full.ts";
import type { DeviceIdentity } from "./sign-in.ts";

export type UploadState = { size: number; received: number; complete: boolean };

export type Attachments = {
  begin(
    device: DeviceIdentity,
    upload: { attachmentId: AttachmentId; roomId: RoomId; size: number },
  ): Promise<Result<UploadState>>;
  append(
    device: DeviceIdentity,
    part: { attachmentId: AttachmentId; offset: number; bytes: Uint8Array },
  ): Promise<Result<UploadState>>;
  state(device: DeviceIdentity, attachmentId: AttachmentId): Promise<Result<UploadState>>;
  read(device: DeviceIdentity, attachmentId: AttachmentId, offset: number): Promise<Result<Uint8Array>>;
  takeBack(device: DeviceIdentity, attachmentId: AttachmentId): Promise<Result<void>>;
  /** Deletes uploads that nobody finished within a day, and everything older than entries live. */
  cleanUp(): Promise<void>;
};

const unfinishedLifetimeMs = 24 * 60 * 60_000;

export function createAttachments(options: {
  store: AttachmentStore;
  objects: ObjectStore;
  roomLog: RoomLogStore;
  quotaBytes: number;
  now: () => number;
}): Attachments {
  const { store, objects, roomLog, quotaBytes, now } = options;
  const inTurn = createTurns<AttachmentId>();

  async function stateOf({ attachmentId, size, complete }: AttachmentRow): Promise<UploadState> {
    const received = complete ? size : await objects.size(attachmentId);
    // The server died between the last part and its note of it.
    if (!complete && received === size) await store.complete(attachmentId);
    return { size, received, complete: received === size };
  }
  async function own(device: DeviceIdentity, attachmentId: AttachmentId): Promise<AttachmentRow | undefined> {
    const row = await store.get(attachmentId);
    return row?.deviceId === device.deviceId ? row : undefined;
  }
  /** The state of an upload that has been begun before, when it is this one (P6). */
  async function begunBefore(
    row: AttachmentRow,
    wanted: Pick<AttachmentRow, "deviceId" | "roomId" | "size">,
  ): Promise<Result<UploadState>> {
    const { deviceId, roomId, size } = wanted;
    const same = row.deviceId === deviceId && row.roomId === roomId && row.size === size;
    return same ? ok(await stateOf(row)) : refuse("forbidden");
  }
  async function isMember(device: DeviceIdentity, roomId: RoomId): Promise<boolean> {
    const members = await roomLog.members(roomId);
    return members.some(({ deviceId, until }) => deviceId === device.deviceId && until === undefined);
  }

  /** Bytes first: after a crash in between the row is still there, and the next cleaning up finds it. */
  async function remove(attachmentId: AttachmentId): Promise<void> {
    await objects.remove(attachmentId);
    await store.remove(attachmentId);
  }

  async function appendPart(
    row: AttachmentRow,
    { offset, bytes }: { offset: number; bytes: Uint8Array },
  ): Promise<Result<UploadState>> {
    const { received, complete } = await stateOf(row);
    if (complete || offset !== received) return refuse("upload-offset");
    if (offset + bytes.byteLength > row.size) return refuse("too-large");
    try {
      await objects.append(row.attachmentId, offset, bytes);
    } catch (error) {
      if (error instanceof StorageFull) return refuse("storage-full");
      throw error;
    }
    const whole = offset + bytes.byteLength === row.size;
    if (whole) await store.complete(row.attachmentId);
    return ok({ size: row.size, received: offset + bytes.byteLength, complete: whole });
  }

  return {
    async begin(device, { attachmentId, roomId, size }) {
      const { deviceId } = device;
      const row = { attachmentId, roomId, deviceId, size, complete: false, createdAt: now() };
      const before = await store.get(attachmentId);
      if (before?.deviceId === deviceId) return begunBefore(before, row);
      // Whoever is not in the room does not even learn that the id is taken (S5).
      if (!(await isMember(device, roomId))) return refuse("not-a-member");
      if (before) return refuse("forbidden");
      if (await store.addWithin(row, quotaBytes)) return ok({ size, received: 0, complete: false });
      const meanwhile = await store.get(attachmentId);
      return meanwhile ? begunBefore(meanwhile, row) : refuse("quota");
    },
    append: (device, { attachmentId, offset, bytes }) =>
      // Two parts at once would both see the same offset.
      inTurn(attachmentId, async () => {
        const row = await own(device, attachmentId);
        return row ? appendPart(row, { offset, bytes }) : refuse("not-found");
      }),
    async state(device, attachmentId) {
      const row = await own(device, attachmentId);
      return row ? ok(await stateOf(row)) : refuse("not-found");
    },
    async read(device, attachmentId, offset) {
      const row = await store.get(attachmentId);
      // A stranger's, an unfinished and a missing one look alike (S5).
      if (!row?.complete || !(await isMember(device, row.roomId))) return refuse("not-found");
      const length = Math.min(limits.maxUploadPartBytes, row.size - offset);
      if (length <= 0) return ok(new Uint8Array(0));
      const bytes = await objects.read(attachmentId, offset, length);
      return bytes.byteLength > 0 ? ok(bytes) : refuse("not-found");
    },
    takeBack: (device, attachmentId) =>
      // A part that is just being written would come back behind the removal.
      inTurn(attachmentId, async () => {
        if (!(await own(device, attachmentId))) return refuse("not-found");
        await remove(attachmentId);
        return ok(undefined);
      }),
    async cleanUp() {
      const outdated = await store.outdated(now() - unfinishedLifetimeMs, now() - limits.entryLifetimeMs);
      for (const attachmentId of outdated) await inTurn(attachmentId, () => remove(attachmentId));
    },
  };
}

/** Lets what concerns the same thing run one after another. */
function createTurns<Id>(): <T>(id: Id, work: () => Promise<T>) => Promise<T> {
  const last = new Map<Id, Promise<unknown>>();
  return (id, work) => {
    const mine = (last.get(id) ?? Promise.resolve()).then(work, work);
    last.set(id, mine);
    const forget = (): void => {
      if (last.get(id) === mine) last.delete(id);
    };
    mine.then(forget, forget);
    return mine;
  };
}
