import { plural } from "@lingui/core/macro";
import { useLingui } from "@lingui/react/macro";
import { ChevronDown, ChevronRight } from "lucide-react";
import { plainName } from "../texts/names.ts";
import { Icon } from "../ui/icon.tsx";
import { Pressable } from "../ui/pressable.tsx";
import classes from "./person-row.module.css";
import type { TreeRow } from "./tree.ts";

export function UnitRow(props: { unit: Extract<TreeRow, { row: "unit" }>; onToggle: () => void }) {
  const { t } = useLingui();
  const { unit, onToggle } = props;
  return (
    <Pressable className={classes.unit} aria-expanded={unit.open} onPress={onToggle}>
      <Icon of={unit.open ? ChevronDown : ChevronRight} size={20} />
      <bdi className={classes.unitName}>{plainName(unit.name)}</bdi>
      <span className={classes.count}>
        {t`${plural(unit.people, { one: "# Person", other: "# Personen" })}`}
      </span>
    </Pressable>
  );
}
