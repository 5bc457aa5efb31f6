import type { DirectoryRecord } from "../core/records.ts";
import type { Write } from "../ports/store.ts";

/** Somebody's place in the stored directory. */
export const putRecord = (record: DirectoryRecord): Write => ({
  put: "directory",
  key: [record.checked.userId],
  record,
});
