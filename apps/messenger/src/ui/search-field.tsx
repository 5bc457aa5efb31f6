import { useLingui } from "@lingui/react/macro";
import { Search, X } from "lucide-react";
import { Button } from "react-aria-components/Button";
import { Input } from "react-aria-components/Input";
import { SearchField as AriaSearchField } from "react-aria-components/SearchField";
import { Icon } from "./icon.tsx";
import classes from "./search-field.module.css";

/** Escape empties it. */
export function SearchField(props: {
  label: string;
  value: string;
  onChange: (value: string) => void;
  autoFocus?: boolean;
}) {
  const { t } = useLingui();
  const { label, value, onChange, autoFocus = false } = props;
  return (
    <AriaSearchField
      aria-label={label}
      value={value}
      onChange={onChange}
      autoFocus={autoFocus}
      className={classes.field ?? ""}
    >
      <Icon of={Search} size={18} className={classes.glass} />
      <Input className={classes.input ?? ""} placeholder={label} enterKeyHint="search" spellCheck="false" />
      {value === "" ? null : (
        <Button className={classes.clear ?? ""} aria-label={t`Suche leeren`}>
          <Icon of={X} size={18} />
        </Button>
      )}
    </AriaSearchField>
  );
}
