import type { LucideIcon } from "lucide-react";
import type { ReactNode } from "react";
import classes from "./bar.module.css";
import { Button } from "./button.tsx";
import { cx } from "./cx.ts";
import { Icon } from "./icon.tsx";

/** A line over a list that says what is not as usual. `turning`: something is under way. */
export function Bar(props: {
  kind: "calm" | "warn" | "alarm";
  icon: LucideIcon;
  turning?: boolean;
  action?: { name: string; onPress: () => void };
  children: ReactNode;
}) {
  const { kind, icon, turning = false, action, children } = props;
  return (
    <div className={cx(classes.bar, classes[kind])}>
      <Icon of={icon} size={18} className={cx(turning && classes.turning)} />
      <span>{children}</span>
      {action ? (
        <Button kind="quiet" className={classes.action} onPress={action.onPress}>
          {action.name}
        </Button>
      ) : null}
    </div>
  );
}
