import type { TextBody } from "@nimes/protocol/content/text";
import { asRow, type RowKind } from "./kind.ts";

type Text = { kind: "text"; text: string };

export const text: RowKind<TextBody, Text, Text> = {
  stands: "row",
  apply: asRow,
  show: ({ text }) => ({ kind: "text", text }),
  preview: ({ text }) => ({ kind: "text", text }),
};
