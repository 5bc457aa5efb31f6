import { Trans } from "@lingui/react/macro";
import type { LucideIcon } from "lucide-react";
import type { ReactNode } from "react";
import classes from "./button.module.css";
import { cx } from "./cx.ts";
import { Icon } from "./icon.tsx";
import { Pressable } from "./pressable.tsx";

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
  const { kind = "plain", icon, className, children, ...pressed } = props;
  return (
    <>
      <Pressable className={cx(classes.button, classes[kind], className)} {...pressed}>
        {icon ? <Icon of={icon} /> : null}
        <span>{children}</span>
      </Pressable>
      {props.isPending === undefined ? null : (
        // Beside it: what is inside of a button is its name, and changes of it are not read out.
        <span className="unseen" role="status">
          {props.isPending ? <Trans>Bitte warten: {children}</Trans> : null}
        </span>
      )}
    </>
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
    <Pressable
      aria-label={label}
      className={cx(classes.iconButton, kind === "round" && classes.round, className)}
      {...rest}
    >
      <Icon of={icon} />
    </Pressable>
  );
}
