/** How every kind looks. The compiler says when one is missing. */
import type { Preview, Shown, ShownMarks } from "@nimes/client/kinds/kinds";
import type { MarkLook, RowLook } from "./look.ts";
import { newer } from "./newer.tsx";
import { picture } from "./picture.tsx";
import { reaction } from "./reaction.tsx";
import { text } from "./text.tsx";

const rows: { [Kind in Shown["kind"]]: RowLook<Kind> } = { text, picture, newer };
const marks: { [Kind in keyof ShownMarks]-?: MarkLook<NonNullable<ShownMarks[Kind]>> } = { reaction };

/** By its kind; the registry says that body and look belong together. */
export const lookOf = <Kind extends Shown["kind"]>(body: { kind: Kind } & (Shown | Preview)): RowLook<Kind> =>
  rows[body.kind] as unknown as RowLook<Kind>;

type AnyMark = MarkLook<unknown>;
/** What has been put on a message, each with its look. */
export const marksOf = (shown: ShownMarks): { kind: string; look: AnyMark; marks: unknown }[] =>
  Object.entries(shown).map(([kind, its]) => ({
    kind,
    look: marks[kind as keyof ShownMarks] as AnyMark,
    marks: its,
  }));
