import { ChevronRight } from "lucide-react";
import type { ReactNode } from "react";
import { Icon } from "../ui/icon.tsx";
import { Pressable } from "../ui/pressable.tsx";
import classes from "./settings-screen.module.css";

/** A row that leads to another screen. */
export function LinkRow({ children, onPress }: { children: ReactNode; onPress: () => void }) {
  return (
    <li>
      <Pressable className={classes.link} onPress={onPress}>
        <span>{children}</span>
        <Icon of={ChevronRight} size={20} />
      </Pressable>
    </li>
  );
}
