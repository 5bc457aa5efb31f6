import { useLingui } from "@lingui/react/macro";
import type { Person } from "@nimes/client/nimes-client";
import { X } from "lucide-react";
import { plainName } from "../texts/names.ts";
import { Icon } from "../ui/icon.tsx";
import { Pressable } from "../ui/pressable.tsx";
import classes from "./new-chat-screen.module.css";

/** Those picked so far; a press takes one out again. */
export function ChosenPeople(props: { people: readonly Person[]; onRemove: (person: Person) => void }) {
  const { t } = useLingui();
  const { people, onRemove } = props;
  if (people.length === 0) return null;
  return (
    <ul className={classes.chosen} aria-label={t`Ausgewählt`}>
      {people.map((person) => {
        const name = plainName(person.displayName);
        return (
          <li key={person.userId}>
            <Pressable
              className={classes.chip}
              aria-label={t`${name} abwählen`}
              onPress={() => onRemove(person)}
            >
              <bdi>{name}</bdi>
              <Icon of={X} size={16} />
            </Pressable>
          </li>
        );
      })}
    </ul>
  );
}
