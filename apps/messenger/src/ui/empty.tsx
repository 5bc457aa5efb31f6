import type { LucideIcon } from "lucide-react";
import type { ReactNode } from "react";
import classes from "./empty.module.css";
import { Icon } from "./icon.tsx";

/** What stands where nothing is: what this is, and at most one thing to do. */
export function Empty(props: { icon?: LucideIcon; title: string; action?: ReactNode; children: ReactNode }) {
  const { icon, title, action, children } = props;
  return (
    <div className={classes.empty}>
      {icon ? (
        <span className={classes.icon}>
          <Icon of={icon} size={30} />
        </span>
      ) : null}
      <h2 className={classes.title}>{title}</h2>
      <p className={classes.words}>{children}</p>
      {action}
    </div>
  );
}
