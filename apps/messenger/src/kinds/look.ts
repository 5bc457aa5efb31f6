/** How a kind of content looks: in its room, in the list, and to a screen reader. One module for each kind. */
import type { Preview, Shown } from "@nimes/client/kinds/kinds";
import type { MessageItem } from "@nimes/client/nimes-client";
import type { ComponentType, ReactNode } from "react";
import type { Timeline } from "../room/timeline.ts";

export type ShownOf<Kind extends Shown["kind"]> = Extract<Shown, { kind: Kind }>;

/** A message in a row of its own. */
export type RowLook<Kind extends Shown["kind"]> = {
  /** What stands in the bubble. `meta`: time and ticks, which end it. */
  Draw: ComponentType<{ body: ShownOf<Kind>; item: MessageItem; timeline: Timeline; meta: ReactNode }>;
  /** Its words in the list of chats. */
  Preview: ComponentType<{ preview: Extract<Preview, { kind: Kind }> }>;
  /** What a screen reader says behind the sender's name when it comes. */
  Announcement: ComponentType<{ body: ShownOf<Kind> }>;
  /** A picture that fills the bubble, up to its edge. */
  fills?: true;
};

/** What people have put on a message. */
export type MarkLook<Marks> = {
  /** Stands under the bubble. */
  Draw: ComponentType<{ marks: Marks; item: MessageItem; timeline: Timeline }>;
};
