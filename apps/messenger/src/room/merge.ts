/** Puts a freshly read page of the newest items together with what is shown already. */
import type { TimelineItem, TimelinePage } from "@nimes/client/nimes-client";
import { dequal } from "dequal";
import { keyOf } from "./rows.ts";

export type Loaded = { items: readonly TimelineItem[]; hasOlder: boolean };

/**
 * The page replaces everything from its first item on; what is older stays. An item that has not changed keeps its
 * identity, so that its row is not drawn again.
 *
 * @returns undefined when the page does not reach back to what is shown: there is a hole between.
 */
export function mergeNewest(shown: Loaded, page: TimelinePage): Loaded | undefined {
  const first = page.items[0];
  if (!first) return { items: [], hasOlder: false };
  const at = shown.items.findIndex((item) => keyOf(item) === keyOf(first));
  if (at < 0 && page.hasOlder && shown.items.length > 0) return undefined;
  const known = new Map(shown.items.map((item) => [keyOf(item), item]));
  const older = at > 0 ? shown.items.slice(0, at) : [];
  const fresh = page.items.map((item) => {
    const before = known.get(keyOf(item));
    return dequal(before, item) && before ? before : item;
  });
  return { items: [...older, ...fresh], hasOlder: at > 0 ? shown.hasOlder : page.hasOlder };
}

/** Puts a page of older items before what is shown. */
export function mergeOlder(shown: Loaded, page: TimelinePage): Loaded {
  const known = new Set(shown.items.map(keyOf));
  return {
    items: [...page.items.filter((item) => !known.has(keyOf(item))), ...shown.items],
    hasOlder: page.hasOlder,
  };
}
