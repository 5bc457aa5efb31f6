import type { Person } from "@nimes/client/nimes-client";
import type { UserId } from "@nimes/protocol/ids";
import { useMemo, useState } from "react";

/** People picked from the directory, in the order they were picked. */
export function useChoice() {
  const [people, setPeople] = useState<readonly Person[]>([]);
  const ids: ReadonlySet<UserId> = useMemo(() => new Set(people.map((person) => person.userId)), [people]);
  const toggle = (person: Person) =>
    setPeople((before) =>
      before.some((other) => other.userId === person.userId)
        ? before.filter((other) => other.userId !== person.userId)
        : [...before, person],
    );
  return { people, ids, toggle };
}
