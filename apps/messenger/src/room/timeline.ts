/** The messages of the one room that is open: loads, merges, marks as read, and holds its thumbnails. */
import type { NimesClient, RoomDetail, TimelinePage } from "@nimes/client/nimes-client";
import type { MessageId, RoomId } from "@nimes/protocol/ids";
import { createStore, type StoreApi } from "zustand/vanilla";
import { coalesce } from "../model/coalesce.ts";
import { isLookedAt } from "../model/looking.ts";
import type { Messenger } from "../model/messenger.ts";
import type { Loaded } from "./merge.ts";
import { mergeNewest, mergeOlder } from "./merge.ts";
import { keyOf } from "./rows.ts";

const pageSize = 60;
/** Pages read to close the hole that a long catch-up leaves; after that the older messages are left for later. */
const maxPagesToCatchUp = 8;

export type TimelineState = Loaded & {
  loaded: boolean;
  /** Where the divider stands; fixed while the room is open and looked at. */
  firstUnread: MessageId | undefined;
  detail: RoomDetail | undefined;
  loadingOlder: boolean;
  /** The last change put older messages before the others: the list keeps its place from the end. */
  prepended: boolean;
};

export type Timeline = {
  roomId: RoomId;
  store: StoreApi<TimelineState>;
  loadOlder(): Promise<void>;
  /** Everything up to this place has been on the screen. */
  seen(sequence: number): void;
  /** The user has answered: nothing is new any more. */
  dropDivider(): void;
  /** A thumbnail as a file, the same for as long as the room is open: what is the same is not read and drawn again. */
  thumbnail(messageId: MessageId, bytes: Uint8Array, type: string): Blob;
  close(): void;
};

export function openTimeline(messenger: Messenger, roomId: RoomId, isLooked = isLookedAt): Timeline {
  const { client } = messenger;
  const store = createStore<TimelineState>(() => ({
    items: [],
    hasOlder: false,
    loaded: false,
    firstUnread: undefined,
    detail: undefined,
    loadingOlder: false,
    prepended: false,
  }));
  const thumbnails = new Map<MessageId, Blob>();
  let seenUpTo = 0;

  const reload = coalesce(async () => {
    const [page, detail] = await Promise.all([
      readNewest(client, roomId, store.getState()),
      client.room(roomId),
    ]);
    const { loaded, firstUnread } = store.getState();
    store.setState({
      ...page.loaded,
      detail,
      loaded: true,
      prepended: false,
      // What came while nobody looked begins behind a divider of its own.
      firstUnread: loaded && isLooked() ? firstUnread : (page.firstUnread ?? firstUnread),
    });
  });
  const stop = messenger.onChange((change) => {
    if (change.of === "room" && change.roomId === roomId) void reload();
  });
  void reload();

  return {
    roomId,
    store,
    loadOlder: async () => {
      const { items, hasOlder, loadingOlder } = store.getState();
      const oldest = items[0];
      if (!hasOlder || loadingOlder || !oldest) return;
      store.setState({ loadingOlder: true });
      const before = keyOf(oldest);
      const page = await client.timeline(roomId, { before, limit: pageSize });
      store.setState((shown) => ({ ...mergeOlder(shown, page), loadingOlder: false, prepended: true }));
    },
    seen: (sequence) => {
      if (sequence <= seenUpTo) return;
      seenUpTo = sequence;
      void client.markRead(roomId, sequence);
    },
    dropDivider: () => store.setState({ firstUnread: undefined }),
    thumbnail: (messageId, bytes, type) => {
      const known = thumbnails.get(messageId);
      if (known) return known;
      const file = new Blob([new Uint8Array(bytes)], { type });
      thumbnails.set(messageId, file);
      return file;
    },
    close: () => {
      stop();
      thumbnails.clear();
    },
  };
}

/**
 * Reads the newest page, and older ones until they reach what is shown; on the first time, until they reach the
 * first unread message.
 */
async function readNewest(
  client: NimesClient,
  roomId: RoomId,
  shown: TimelineState,
): Promise<{ loaded: Loaded; firstUnread: MessageId | undefined }> {
  let page = await client.timeline(roomId, { limit: pageSize });
  const { firstUnread } = page;
  for (let pages = 1; pages < maxPagesToCatchUp; pages++) {
    const merged = mergeNewest(shown, page);
    const isEnough = shown.loaded ? reaches(page, shown) : merged && hasMessage(merged, firstUnread);
    if (merged && isEnough) return { loaded: merged, firstUnread };
    const oldest = page.items[0];
    if (!oldest) break;
    const older = await client.timeline(roomId, { before: keyOf(oldest), limit: pageSize });
    page = { ...page, items: [...older.items, ...page.items], hasOlder: older.hasOlder };
  }
  const merged = mergeNewest(shown, page);
  return { loaded: merged ?? { items: page.items, hasOlder: page.hasOlder }, firstUnread };
}

/** What people put on older messages is seen there, too. */
const reaches = (page: TimelinePage, { items: [oldest] }: Loaded): boolean =>
  !page.hasOlder || !oldest || page.items.some((item) => keyOf(item) === keyOf(oldest));

const hasMessage = ({ items, hasOlder }: Loaded, messageId: MessageId | undefined): boolean =>
  messageId === undefined || !hasOlder || items.some((item) => keyOf(item) === messageId);
