import { Trans } from "@lingui/react/macro";
import type { Person } from "@nimes/client/nimes-client";
import { Check } from "lucide-react";
import { plainName } from "../texts/names.ts";
import { Avatar } from "../ui/avatar.tsx";
import { cx } from "../ui/cx.ts";
import { Icon } from "../ui/icon.tsx";
import { Pressable } from "../ui/pressable.tsx";
import classes from "./person-row.module.css";

/** One officer; pressed to write, or chosen for a group when `chosen` is given. */
export function PersonRow(props: { person: Person; chosen: boolean | undefined; onPick: () => void }) {
  const { person, chosen, onPick } = props;
  if (chosen === undefined)
    return (
      <Pressable className={classes.person} onPress={onPick}>
        <Words person={person} />
      </Pressable>
    );
  return (
    <Pressable className={classes.person} aria-pressed={chosen} onPress={onPick}>
      <Words person={person} />
      <span className={cx(classes.box, chosen && classes.checked)} aria-hidden="true">
        {chosen ? <Icon of={Check} size={16} /> : null}
      </span>
    </Pressable>
  );
}

function Words({ person }: { person: Person }) {
  const about = [person.function, person.unitName].map(plainName).filter((word) => word !== "");
  return (
    <>
      <Avatar name={person.displayName} kind="direct" />
      <span className={classes.text}>
        <bdi className={classes.name}>{plainName(person.displayName)}</bdi>
        <bdi className={classes.about}>{about.join(" · ")}</bdi>
        {person.reachable ? null : (
          <span className={classes.later}>
            <Trans>Kann hinzugefügt werden, sobald das Telefon online ist.</Trans>
          </span>
        )}
      </span>
    </>
  );
}
