import type { ReactNode } from "react";
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
