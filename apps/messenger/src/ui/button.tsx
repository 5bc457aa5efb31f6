import type { LucideIcon } from "lucide-react";
import type { ReactNode } from "react";
import { Button as AriaButton } from "react-aria-components/Button";
import classes from "./button.module.css";
import { cx } from "./cx.ts";
import { Icon } from "./icon.tsx";

type Kind = "main" | "plain" | "quiet" | "danger";

/** A button with words. `kind`: the main action, a second one, a link-like one, or one that destroys. */
export function Button(props: {
  kind?: Kind;
  icon?: LucideIcon;
  onPress?: () => void;
  type?: "submit";
  isDisabled?: boolean;
  isPending?: boolean;
  autoFocus?: boolean;
  className?: string | undefined;
  children: ReactNode;
}) {
  const { kind = "plain", icon, className, children, type, autoFocus, onPress, ...state } = props;
  return (
    <AriaButton
      className={cx(classes.button, classes[kind], className)}
      {...state}
      {...(type ? { type } : {})}
      {...(onPress ? { onPress } : {})}
      {...(autoFocus ? { autoFocus } : {})}
    >
      {icon ? <Icon of={icon} /> : null}
      <span>{children}</span>
    </AriaButton>
  );
}

/** A button with a picture only; its name is for screen readers and the pointer. */
export function IconButton(props: {
  icon: LucideIcon;
  label: string;
  /** Left out where a trigger around it listens. */
  onPress?: () => void;
  kind?: "bare" | "round";
  isDisabled?: boolean;
  className?: string | undefined;
}) {
  const { icon, label, kind = "bare", className, ...rest } = props;
  return (
    <AriaButton
      aria-label={label}
      className={cx(classes.iconButton, kind === "round" && classes.round, className)}
      {...rest}
    >
      <Icon of={icon} />
    </AriaButton>
  );
}
