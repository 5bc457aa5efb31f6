/** What every object store must keep. */
import { newAttachmentId } from "@nimes/protocol/ids";
import type { ObjectStore } from "@nimes/server/ports/object-store";
import { describe, expect, test } from "vitest";
import { randomBytes } from "./store-people.ts";

export function objectStoreContract(adapter: string, open: () => ObjectStore): void {
  describe(`object store: ${adapter}`, () => {
    test("bytes come back as they were appended, from any offset", async () => {
      const store = open();
      const id = newAttachmentId();
      const bytes = randomBytes(1_000);
      expect(await store.size(id)).toBe(0);
      await store.append(id, 0, bytes.subarray(0, 600));
      await store.append(id, 600, bytes.subarray(600));
      expect(await store.size(id)).toBe(1_000);
      expect([...(await store.read(id, 0, 1_000))]).toEqual([...bytes]);
      expect([...(await store.read(id, 590, 20))]).toEqual([...bytes.subarray(590, 610)]);
      expect(await store.read(id, 990, 100)).toHaveLength(10);
    });

    test("what was removed is gone, and removing it again does no harm", async () => {
      const store = open();
      const id = newAttachmentId();
      await store.append(id, 0, randomBytes(10));
      await store.remove(id);
      await store.remove(id);
      expect(await store.size(id)).toBe(0);
      expect(await store.read(id, 0, 10)).toHaveLength(0);
      await store.append(id, 0, randomBytes(3));
      expect(await store.size(id)).toBe(3);
    });

    test("objects do not touch each other", async () => {
      const store = open();
      const [one, two] = [newAttachmentId(), newAttachmentId()];
      await store.append(one, 0, Uint8Array.of(1));
      await store.append(two, 0, Uint8Array.of(2));
      expect([...(await store.read(one, 0, 1))]).toEqual([1]);
      expect([...(await store.read(two, 0, 1))]).toEqual([2]);
    });
  });
}
