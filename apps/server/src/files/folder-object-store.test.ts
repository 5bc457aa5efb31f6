import { mkdtempSync, readdirSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { newAttachmentId } from "@nimes/protocol/ids";
import { objectStoreContract } from "@nimes/testing/stores/object-store-contract";
import { afterAll, expect, test } from "vitest";
import { folderObjectStore } from "./folder-object-store.ts";

const folder = mkdtempSync(join(tmpdir(), "nimes-objects-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

objectStoreContract("folder", () => folderObjectStore(join(folder, "contract")));

test("files and folders are for the server's user only", async () => {
  const base = join(folder, "modes");
  const id = newAttachmentId();
  await folderObjectStore(base).append(id, 0, Uint8Array.of(1));
  const sub = join(base, id.slice(0, 2));
  expect(readdirSync(sub)).toEqual([id]);
  expect([base, sub].map((path) => statSync(path).mode & 0o777)).toEqual([0o700, 0o700]);
  expect(statSync(join(sub, id)).mode & 0o777).toBe(0o600);
});
