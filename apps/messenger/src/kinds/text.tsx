import { useLingui } from "@lingui/react/macro";
import { isBlank } from "@nimes/protocol/names";
import { previewText } from "../texts/names.ts";
import type { RowLook } from "./look.ts";
import { Words } from "./words.tsx";

export const text: RowLook<"text"> = {
  Draw: ({ body, meta }) => <Words text={useSeen(body.text)} meta={meta} />,
  Preview: ({ preview }) => previewText(useSeen(preview.text)),
  Announcement: ({ body }) => previewText(useSeen(body.text)),
};

/** Another app may send what shows nothing. */
function useSeen(words: string): string {
  const { t } = useLingui();
  return isBlank(words) ? t`Leere Nachricht` : words;
}
