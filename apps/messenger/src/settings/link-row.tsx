import { ChevronRight } from "lucide-react";
import type { ReactNode } from "react";
import { Button } from "react-aria-components/Button";
import { Icon } from "../ui/icon.tsx";
import classes from "./settings-screen.module.css";

/** A row that leads to another screen. */
export function LinkRow({ children, onPress }: { children: ReactNode; onPress: () => void }) {
  return (
    <li>
      <Button className={classes.link ?? ""} onPress={onPress}>
        <span>{children}</span>
        <Icon of={ChevronRight} size={20} />
      </Button>
    </li>
  );
}
