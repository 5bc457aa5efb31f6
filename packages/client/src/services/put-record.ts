import type { DirectoryRecord } from "../core/records.ts";
import type { Change } from "../ports/store.ts";

/** Somebody's place in the stored directory. */
export const putRecord = (record: DirectoryRecord): Change => ({
  put: "directory",
  key: [record.checked.userId],
  record,
});
