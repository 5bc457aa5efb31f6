/** What every store of attachment rows must keep. */
import type { RoomId } from "@nimes/protocol/ids";
import { newAttachmentId } from "@nimes/protocol/ids";
import type { AttachmentRow } from "@nimes/server/ports/attachment-store";
import type { NewDevice } from "@nimes/server/ports/directory-store";
import type { Stores } from "@nimes/server/ports/stores";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { enrolled } from "./store-people.ts";

const roomId = "c".repeat(64) as RoomId;

export function attachmentStoreContract(adapter: string, open: () => Promise<Stores>): void {
  describe(`attachment store: ${adapter}`, () => {
    let stores: Stores;
    let device: NewDevice;
    beforeEach(async () => {
      stores = await open();
      device = await enrolled(stores);
    });
    afterEach(() => stores.close());
    const row = (fields: Partial<AttachmentRow> = {}): AttachmentRow => ({
      attachmentId: newAttachmentId(),
      roomId,
      deviceId: device.deviceId,
      size: 100,
      complete: false,
      createdAt: 1_000,
      ...fields,
    });

    test("a row comes back as it was put, then as complete, then not at all", async () => {
      const { attachments: store } = stores;
      const one = row();
      expect(await store.get(one.attachmentId)).toBeUndefined();
      expect(await store.addWithin(one, 1_000)).toBe(true);
      expect(await store.get(one.attachmentId)).toEqual(one);
      await store.complete(one.attachmentId);
      expect(await store.get(one.attachmentId)).toEqual({ ...one, complete: true });
      await store.remove(one.attachmentId);
      expect(await store.get(one.attachmentId)).toBeUndefined();
      expect(await store.usedBy(device.deviceId)).toBe(0);
    });

    test("the quota holds, also when many begin at once (B8)", async () => {
      const { attachments: store } = stores;
      const begun = await Promise.all(Array.from({ length: 6 }, () => store.addWithin(row(), 250)));
      expect(begun.filter(Boolean)).toHaveLength(2);
      expect(await store.usedBy(device.deviceId)).toBe(200);
      const other = await enrolled(stores);
      expect(await store.addWithin(row({ deviceId: other.deviceId }), 250)).toBe(true);
    });

    test("an id that is taken is not taken over", async () => {
      const { attachments: store } = stores;
      const one = row();
      await store.addWithin(one, 1_000);
      expect(await store.addWithin({ ...one, size: 7 }, 1_000)).toBe(false);
      expect(await store.get(one.attachmentId)).toEqual(one);
    });

    test("unfinished ones become outdated early, finished ones late", async () => {
      const { attachments: store } = stores;
      const [unfinished, finished, ancient] = [row(), row(), row({ createdAt: 10 })];
      for (const one of [unfinished, finished, ancient]) await store.addWithin(one, 1_000);
      await store.complete(finished.attachmentId);
      await store.complete(ancient.attachmentId);
      const outdated = await store.outdated(2_000, 500);
      expect(outdated.sort()).toEqual([unfinished.attachmentId, ancient.attachmentId].sort());
    });
  });
}
