import { Plural } from "@lingui/react/macro";
import classes from "./unread-divider.module.css";

export function UnreadDivider({ count }: { count: number }) {
  return (
    <p className={classes.divider}>
      <span>
        <Plural value={count} one="# neue Nachricht" other="# neue Nachrichten" />
      </span>
    </p>
  );
}
