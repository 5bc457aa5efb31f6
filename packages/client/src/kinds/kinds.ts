/** Every kind of content that this app knows. The compiler says when one is missing. */
import type { NewerBody } from "@nimes/protocol/content/content";
import type { EncryptedFile } from "@nimes/protocol/content/encrypted-file";
import type { Body, BodyOf, KindName } from "@nimes/protocol/content/kinds";
import type { MessageId, UserId } from "@nimes/protocol/ids";
import type { RoomRecord } from "../core/room-record.ts";
import { askAgain } from "./ask-again.ts";
import { asRow, type Effect, type Kind, type Placed, type RowKind, type Viewer } from "./kind.ts";
import { picture } from "./picture.ts";
import { reaction } from "./reaction.ts";
import { roomProfile } from "./room-profile.ts";
import { text } from "./text.ts";

const kinds = {
  text,
  picture,
  reaction,
  "room-profile": roomProfile,
  "ask-again": askAgain,
} satisfies { [Name in KindName]: Kind<BodyOf<Name>> };
type Kinds = typeof kinds;

type RowName = { [Name in KindName]: Kinds[Name] extends { stands: "row" } ? Name : never }[KindName];
type MarkName = { [Name in KindName]: Kinds[Name] extends { stands: "on-target" } ? Name : never }[KindName];

/** Of messages that stand in the timeline by themselves. */
export type RowBody = BodyOf<RowName>;

/** Of messages that stand on another one. */
export type MarkBody = BodyOf<MarkName>;

/** What people see of a message, by its kind. */
export type Shown =
  | { [Name in RowName]: ReturnType<Kinds[Name]["show"]> }[RowName]
  /** From a newer app. */
  | { kind: "newer" };
export type Preview = { [Name in RowName]: ReturnType<Kinds[Name]["preview"]> }[RowName] | { kind: "newer" };

/** What people see of the marks on a message, by their kind. */
export type ShownMarks = { [Name in MarkName]?: ReturnType<Kinds[Name]["show"]> };
type MarkOf<Of> = Of extends { mark(body: never): infer Mark } ? Exclude<Mark, undefined> : never;
/** What a message keeps of them: of each kind the people, in order, and what each has put there. */
export type Marks = {
  [Name in MarkName]?: [UserId, MarkOf<Kinds[Name]>][];
};

/** By its name alone; undefined where only a newer app knows it, one that has stored it here included. */
const kindOf = ({ kind }: { kind: string }): Kind<Body> | undefined =>
  Object.hasOwn(kinds, kind) ? (kinds[kind as KindName] as Kind<Body>) : undefined;
const rowOf = (body: Body | NewerBody): RowKind<RowBody, Shown, Preview> | undefined => {
  const kind = kindOf(body);
  return kind?.stands === "row" ? (kind as RowKind<RowBody, Shown, Preview>) : undefined;
};

/** What comes of a message. A newer one stands as a row that says so, until an app that knows it reads it again. */
export const effectsOf = (body: Body | NewerBody, placed: Placed): readonly Effect[] =>
  kindOf(body)?.apply(body as Body, placed) ?? asRow();

/** Whether people see it as a message of its own. */
export const isRow = (body: Body | NewerBody): body is RowBody | NewerBody =>
  (kindOf(body)?.stands ?? "row") === "row";

export const shownOf = (body: RowBody | NewerBody): Shown =>
  rowOf(body)?.show(body as RowBody) ?? { kind: "newer" };
export const previewOf = (body: RowBody | NewerBody): Preview =>
  rowOf(body)?.preview(body as RowBody) ?? { kind: "newer" };

/** The encrypted file that belongs to a message. */
export const fileOf = (body: Body | NewerBody): EncryptedFile | undefined =>
  rowOf(body)?.file?.(body as RowBody);

/** The message that a body marks. */
export function targetOf(body: Body | NewerBody): MessageId | undefined {
  const kind = kindOf(body);
  return kind?.stands === "on-target" ? kind.target(body as Body) : undefined;
}

/** What is kept of an own message that stands in no row: enough to send it again, and nothing that has to end. */
export type OwnUnseen = { kind: KindName; target?: MessageId };

export function ownUnseen(body: Body | NewerBody): OwnUnseen | undefined {
  if (isRow(body)) return undefined;
  const target = targetOf(body);
  return { kind: body.kind as KindName, ...(target && { target }) };
}

/**
 * What counts now of an own message that stands in no row.
 * @param now.marks of its target, where that has not ended.
 */
export function bodyNow(
  { kind: name, target }: OwnUnseen,
  now: { self: UserId; room: RoomRecord; sequence: number; marks: Marks | undefined },
): Body | undefined {
  const kind = kindOf({ kind: name });
  if (kind === undefined || kind.stands === "row") return undefined;
  if (kind.stands !== "on-target") return kind.again(now.room, now.sequence);
  const [, mark] = now.marks?.[name as MarkName]?.find(([userId]) => userId === now.self) ?? [];
  return target && kind.body(target, mark);
}

/** A message's marks with this one: each person has one of each kind, and the last counts. */
export function marked(marks: Marks, by: UserId, body: Body | NewerBody): Marks {
  const kind = kindOf(body);
  if (kind?.stands !== "on-target") return marks;
  const others = (marks[body.kind as MarkName] ?? []).filter(([userId]) => userId !== by);
  const mark = kind.mark(body as Body);
  return { ...marks, [body.kind]: mark === undefined ? others : [...others, [by, mark]] };
}

export const shownMarks = (marks: Marks, viewer: Viewer): ShownMarks =>
  Object.fromEntries(
    Object.entries(marks).flatMap(([name, of]) => {
      const kind = kindOf({ kind: name });
      const isMark = kind?.stands === "on-target" && of.length > 0;
      return isMark ? [[name, kind.show(new Map(of), viewer)]] : [];
    }),
  );
