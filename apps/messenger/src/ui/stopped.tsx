/** A page that says why nothing goes on, with at most one thing to do. */
import type { LucideIcon } from "lucide-react";
import { RotateCw } from "lucide-react";
import type { ReactNode } from "react";
import { useState } from "react";
import { useClient } from "../model/context.tsx";
import { Button } from "./button.tsx";
import { Icon } from "./icon.tsx";
import classes from "./stopped.module.css";

export function Stopped(props: { icon: LucideIcon; title: string; action?: ReactNode; children: ReactNode }) {
  const { icon, title, action, children } = props;
  return (
    <main className={classes.page}>
      <span className={classes.sign}>
        <Icon of={icon} size={30} />
      </span>
      <h1 className={classes.title}>{title}</h1>
      <p className={classes.words}>{children}</p>
      {action}
    </main>
  );
}

export function Reload({ children }: { children: ReactNode }) {
  return (
    <Button kind="main" icon={RotateCw} onPress={() => window.location.reload()}>
      {children}
    </Button>
  );
}

/** Clears what is left, for a new letter. */
export function StartAfresh({ children }: { children: ReactNode }) {
  const client = useClient();
  const [busy, setBusy] = useState(false);
  return (
    <Button
      kind="main"
      isPending={busy}
      onPress={() => {
        setBusy(true);
        void client.startAfresh();
      }}
    >
      {children}
    </Button>
  );
}
