import { Trans, useLingui } from "@lingui/react/macro";
import type { Person } from "@nimes/client/nimes-client";
import type { UnitId, UserId } from "@nimes/protocol/ids";
import { useEffect, useMemo, useState } from "react";
import { useApp, useMessenger } from "../model/context.tsx";
import { Empty } from "../ui/empty.tsx";
import { RowList } from "../ui/row-list.tsx";
import { SearchField } from "../ui/search-field.tsx";
import { SkeletonRows } from "../ui/skeleton.tsx";
import classes from "./people-list.module.css";
import { PersonRow } from "./person-row.tsx";
import { firstOpen, treeRows } from "./tree.ts";
import { UnitRow } from "./unit-row.tsx";

const nobody: ReadonlySet<UserId> = new Set();

/** The directory to search in and to pick from. With `chosen` the people have check marks. */
export function PeopleList(props: {
  onPick: (person: Person) => void;
  chosen?: ReadonlySet<UserId>;
  without?: ReadonlySet<UserId>;
}) {
  const { t } = useLingui();
  const { onPick, chosen, without = nobody } = props;
  const { messenger } = useApp();
  const directory = useMessenger((state) => state.directory);
  const me = useMessenger((state) => (state.client.state === "ready" ? state.client.me : undefined));
  const [query, setQuery] = useState("");
  const [touched, setTouched] = useState<ReadonlySet<UnitId>>();
  useEffect(() => messenger.wantDirectory(), [messenger]);

  const rows = useMemo(() => {
    if (!directory) return undefined;
    const open = touched ?? firstOpen(directory, me?.unitName ?? "");
    const hidden = me ? new Set([...without, me.userId]) : without;
    return treeRows(directory, { query, open, without: hidden });
  }, [directory, me, query, touched, without]);

  const toggle = (unitId: UnitId) => {
    const open = new Set(touched ?? (directory ? firstOpen(directory, me?.unitName ?? "") : []));
    if (!open.delete(unitId)) open.add(unitId);
    setTouched(open);
  };

  return (
    <div className={classes.people}>
      <div className={classes.search}>
        <SearchField label={t`Name, Dienststelle oder Funktion`} value={query} onChange={setQuery} />
      </div>
      {!rows ? (
        <SkeletonRows label={t`Verzeichnis wird geladen`} />
      ) : rows.length === 0 ? (
        <Empty title={query === "" ? t`Niemand da` : t`Niemand gefunden`}>
          {query === "" ? (
            <Trans>Im Verzeichnis steht sonst noch niemand.</Trans>
          ) : (
            <Trans>Vielleicht hilft der Nachname oder die Dienststelle.</Trans>
          )}
        </Empty>
      ) : (
        <RowList label={t`Verzeichnis`} rows={rows} testId="directory">
          {(row) =>
            row.row === "unit" ? (
              <UnitRow key={row.key} unit={row} onToggle={() => toggle(row.unitId)} />
            ) : (
              <PersonRow
                key={row.key}
                person={row.person}
                chosen={chosen?.has(row.person.userId)}
                onPick={() => onPick(row.person)}
              />
            )
          }
        </RowList>
      )}
    </div>
  );
}
