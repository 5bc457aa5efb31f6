/** The frame of a screen: a bar with a heading and actions, and what scrolls below. */
import { useLingui } from "@lingui/react/macro";
import { ArrowLeft } from "lucide-react";
import type { ReactNode } from "react";
import { useEffect, useRef } from "react";
import { IconButton } from "./button.tsx";
import { cx } from "./cx.ts";
import classes from "./screen.module.css";

export function Screen(props: {
  title: ReactNode;
  /** Shown as a way back; screens without it are roots. */
  onBack?: (() => void) | undefined;
  actions?: ReactNode;
  /** Below the bar, does not scroll. */
  top?: ReactNode;
  /** Takes the focus when it opens, so that a screen reader says where it is. */
  takesFocus?: boolean;
  scrolls?: boolean;
  children: ReactNode;
}) {
  const { title, onBack, actions, top, takesFocus = false, scrolls = true, children } = props;
  const { t } = useLingui();
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    if (takesFocus) heading.current?.focus({ preventScroll: true });
  }, [takesFocus]);
  return (
    <section className={classes.screen}>
      <header className={classes.bar}>
        {onBack ? <IconButton icon={ArrowLeft} label={t`Zurück`} onPress={onBack} /> : null}
        <h1 ref={heading} tabIndex={-1} className={cx(classes.title, !onBack && classes.root)}>
          {title}
        </h1>
        {actions}
      </header>
      {top}
      {scrolls ? (
        // Scrolls by the keyboard where nothing in it takes the focus.
        <div className={classes.scroll} tabIndex={0}>
          {children}
        </div>
      ) : (
        children
      )}
    </section>
  );
}
