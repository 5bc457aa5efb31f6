/** Cuts entries into frames that every client takes. */
import type { FullEntry } from "@nimes/protocol/entry";
import { limits } from "@nimes/protocol/limits";

/** What stands around an entry's bytes in a frame, and its device list. */
const frameBytesOf = ({ bytes, devices }: FullEntry): number =>
  bytes.byteLength + 300 + (devices?.length ?? 0) * 110;

/** @param entries in order, without gaps. @returns the same in pages of bounded number and size; each has at least one. */
export function pagesOf(entries: readonly FullEntry[]): readonly FullEntry[][] {
  const pages: FullEntry[][] = [];
  let page: FullEntry[] = [];
  let size = 0;
  for (const entry of entries) {
    const added = frameBytesOf(entry);
    const full = page.length === limits.maxEntriesPerFrame || size + added > limits.maxEntriesFrameBytes;
    if (page.length === 0 || full) {
      page = [];
      size = 0;
      pages.push(page);
    }
    page.push(entry);
    size += added;
  }
  return pages;
}
