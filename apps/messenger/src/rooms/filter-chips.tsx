import { useLingui } from "@lingui/react/macro";
import { useId } from "react";
import type { Filter } from "./filter.ts";
import { filters } from "./filter.ts";
import classes from "./filter-chips.module.css";

/** Which rooms are shown: radio buttons that look like chips, with the browser's own keys. */
export function FilterChips(props: { value: Filter; unread: number; onChange: (filter: Filter) => void }) {
  const { t } = useLingui();
  const group = useId();
  const { value, unread, onChange } = props;
  const names: Record<Filter, string> = {
    all: t`Alle`,
    unread: unread > 0 ? t`Ungelesen ${unread}` : t`Ungelesen`,
    groups: t`Gruppen`,
    channels: t`Kanäle`,
  };
  return (
    <fieldset className={classes.chips}>
      <legend className="unseen">{t`Chats filtern`}</legend>
      {filters.map((filter) => (
        <label key={filter} className={classes.chip}>
          <input
            type="radio"
            className="unseen"
            name={group}
            value={filter}
            checked={value === filter}
            onChange={() => onChange(filter)}
          />
          {names[filter]}
        </label>
      ))}
    </fieldset>
  );
}
