import { isBlank } from "@nimes/protocol/names";
import type { ReactNode } from "react";
import { cx } from "../ui/cx.ts";
import classes from "./words.module.css";

/** Words in a bubble, as they were typed: no links, no markup (B7), isolated in their own direction (B6). */
export function Words({
  text,
  meta,
  onPicture = false,
}: {
  text: string;
  meta: ReactNode;
  onPicture?: boolean;
}) {
  return (
    <div className={cx(classes.words, onPicture && classes.onPicture)}>
      {isBlank(text) ? null : (
        <span className={classes.text} dir="auto">
          {text}
        </span>
      )}
      {meta}
    </div>
  );
}
