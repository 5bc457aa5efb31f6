import { useLingui } from "@lingui/react/macro";
import { TriangleAlert } from "lucide-react";
import { cx } from "../ui/cx.ts";
import { Icon } from "../ui/icon.tsx";
import classes from "./notice-row.module.css";

/** In place of a message or a notice that could not be drawn: that something is there is never hidden. */
export function UnshownRow({ row }: { row: "message" | "notice" }) {
  const { t } = useLingui();
  return (
    <p className={classes.row}>
      <span className={cx(classes.chip, classes.trouble)}>
        <Icon of={TriangleAlert} size={16} />
        {row === "message"
          ? t`Eine Nachricht, die hier nicht angezeigt werden kann. Bitte erneut senden lassen.`
          : t`Ein Hinweis, der hier nicht angezeigt werden kann.`}
      </span>
    </p>
  );
}
