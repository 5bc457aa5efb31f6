import { useLingui } from "@lingui/react/macro";
import { Radio, RadioGroup } from "react-aria-components/RadioGroup";
import type { Filter } from "./filter.ts";
import { filters } from "./filter.ts";
import classes from "./filter-chips.module.css";

export function FilterChips(props: { value: Filter; unread: number; onChange: (filter: Filter) => void }) {
  const { t } = useLingui();
  const { value, unread, onChange } = props;
  const names: Record<Filter, string> = {
    all: t`Alle`,
    unread: unread > 0 ? t`Ungelesen ${unread}` : t`Ungelesen`,
    groups: t`Gruppen`,
  };
  return (
    <RadioGroup
      aria-label={t`Chats filtern`}
      orientation="horizontal"
      value={value}
      onChange={(next) => onChange(filters.find((filter) => filter === next) ?? "all")}
      className={classes.chips ?? ""}
    >
      {filters.map((filter) => (
        <Radio key={filter} value={filter} className={classes.chip ?? ""}>
          {names[filter]}
        </Radio>
      ))}
    </RadioGroup>
  );
}
