/** What is known of attachments; their bytes stand in the object store. */
import type { AttachmentId, DeviceId, RoomId } from "@nimes/protocol/ids";

export type AttachmentRow = {
  attachmentId: AttachmentId;
  roomId: RoomId;
  deviceId: DeviceId;
  size: number;
  complete: boolean;
  createdAt: number;
};

export type AttachmentStore = {
  get(attachmentId: AttachmentId): Promise<AttachmentRow | undefined>;
  /** @returns false when the device would have announced more than its quota, or the id is taken. */
  addWithin(row: AttachmentRow, quotaBytes: number): Promise<boolean>;
  complete(attachmentId: AttachmentId): Promise<void>;
  remove(attachmentId: AttachmentId): Promise<void>;
  /** Bytes that a device has announced, complete or not. */
  usedBy(deviceId: DeviceId): Promise<number>;
  /** Unfinished ones begun before `unfinishedBefore`, and all from before `allBefore`. */
  outdated(unfinishedBefore: number, allBefore: number): Promise<AttachmentId[]>;
};
