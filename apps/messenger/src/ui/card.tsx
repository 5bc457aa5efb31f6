import type { ReactNode } from "react";
import { useEffect, useRef } from "react";
import classes from "./card.module.css";
import { Logo } from "./logo.tsx";

/** A page of its own with one thing to do, in the middle: activation, agreement, lock. */
export function Card({ children }: { children: ReactNode }) {
  return (
    <main className={classes.page}>
      <div className={classes.card}>
        <Logo />
        {children}
      </div>
    </main>
  );
}

/** @param props.takesFocus for a step that follows another, so that a screen reader says where one is. */
export function CardTitle({ takesFocus = false, children }: { takesFocus?: boolean; children: ReactNode }) {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    if (takesFocus) heading.current?.focus();
  }, [takesFocus]);
  return (
    <h1 ref={heading} tabIndex={-1} className={classes.title}>
      {children}
    </h1>
  );
}

/** What the page is about, below its title. `role`: where it is news. */
export function CardLead({ role, children }: { role?: "alert"; children: ReactNode }) {
  return (
    <p role={role} className={classes.lead}>
      {children}
    </p>
  );
}
