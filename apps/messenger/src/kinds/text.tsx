import { previewText } from "../texts/names.ts";
import type { RowLook } from "./look.ts";
import { Words } from "./words.tsx";

export const text: RowLook<"text"> = {
  Draw: ({ body, meta }) => <Words text={body.text} meta={meta} />,
  Preview: ({ preview }) => previewText(preview.text),
  Announcement: ({ body }) => previewText(body.text),
};
