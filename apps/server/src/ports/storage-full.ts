/** No space left, in whatever words a store or the system says it (TESTS F6). */

/** Lost infrastructure, so it is thrown. */
export class StorageFull extends Error {
  override readonly name = "StorageFull";
}

const codes: readonly unknown[] = ["SQLITE_FULL", "ENOSPC", "EDQUOT"];

export const isStorageFull = (error: unknown): boolean =>
  error instanceof StorageFull || (error instanceof Error && "code" in error && codes.includes(error.code));
