import { useLingui } from "@lingui/react/macro";
import { Search, X } from "lucide-react";
import { useEffect, useRef } from "react";
import { privateField } from "../capsule/private-field.ts";
import { Icon } from "./icon.tsx";
import classes from "./search-field.module.css";

/** Escape and the cross empty it. Plain elements do what is needed here and keep the first screen small. */
export function SearchField(props: {
  label: string;
  value: string;
  onChange: (value: string) => void;
  /** Takes the focus when it appears. */
  takesFocus?: boolean;
}) {
  const { t } = useLingui();
  const { label, value, onChange, takesFocus = false } = props;
  const field = useRef<HTMLInputElement>(null);
  useEffect(() => {
    if (takesFocus) field.current?.focus();
  }, [takesFocus]);
  const clear = () => {
    onChange("");
    field.current?.focus();
  };
  return (
    <div className={classes.field}>
      <Icon of={Search} size={18} className={classes.glass} />
      <input
        {...privateField}
        ref={field}
        type="search"
        className={classes.input}
        aria-label={label}
        placeholder={label}
        enterKeyHint="search"
        value={value}
        onChange={(event) => onChange(event.target.value)}
        onKeyDown={(event) => {
          if (event.key !== "Escape" || value === "") return;
          event.preventDefault();
          clear();
        }}
      />
      {value === "" ? null : (
        <button type="button" className={classes.clear} aria-label={t`Suche leeren`} onClick={clear}>
          <Icon of={X} size={18} />
        </button>
      )}
    </div>
  );
}
