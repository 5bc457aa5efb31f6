import { plural } from "@lingui/core/macro";
import { useLingui } from "@lingui/react/macro";
import { ChevronDown } from "lucide-react";
import { Icon } from "../ui/icon.tsx";
import { Pressable } from "../ui/pressable.tsx";
import classes from "./jump-button.module.css";

export function JumpButton({ count, onPress }: { count: number; onPress: () => void }) {
  const { t } = useLingui();
  const unseen = t`${plural(count, { one: "# neue Nachricht", other: "# neue Nachrichten" })}`;
  const label = count > 0 ? t`Zum Ende, ${unseen}` : t`Zum Ende`;
  return (
    <Pressable className={classes.jump} aria-label={label} onPress={onPress}>
      <Icon of={ChevronDown} />
      {count > 0 ? (
        <span className={classes.count} aria-hidden="true">
          {count > 99 ? "99+" : count}
        </span>
      ) : null}
    </Pressable>
  );
}
