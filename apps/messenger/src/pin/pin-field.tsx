import { useLingui } from "@lingui/react/macro";
import { Eye, EyeOff } from "lucide-react";
import type { RefObject } from "react";
import { useState } from "react";
import { IconButton } from "../ui/button.tsx";
import classes from "./pin-field.module.css";

/**
 * A PIN, hidden unless one wants to see it. `one-time-code` keeps the browser's own password store, which may lie in
 * a cloud, from offering to keep it.
 */
export function PinField(props: {
  id: string;
  label: string;
  value: string;
  onChange: (value: string) => void;
  isDisabled?: boolean;
  isInvalid?: boolean;
  /** Id of what explains the field or its fault. */
  describedBy?: string | undefined;
  field?: RefObject<HTMLInputElement | null>;
}) {
  const { t } = useLingui();
  const { id, label, value, onChange, isDisabled = false, isInvalid = false, describedBy, field } = props;
  const [shown, setShown] = useState(false);
  return (
    <div className={classes.group}>
      <label htmlFor={id} className={classes.label}>
        {label}
      </label>
      <div className={classes.box}>
        <input
          ref={field}
          id={id}
          type={shown ? "text" : "password"}
          className={classes.input}
          value={value}
          disabled={isDisabled}
          aria-invalid={isInvalid}
          aria-describedby={describedBy}
          autoComplete="one-time-code"
          autoCapitalize="off"
          autoCorrect="off"
          spellCheck="false"
          maxLength={128}
          onChange={(event) => onChange(event.target.value)}
        />
        <IconButton
          icon={shown ? EyeOff : Eye}
          label={shown ? t`PIN verbergen` : t`PIN zeigen`}
          onPress={() => setShown(!shown)}
        />
      </div>
    </div>
  );
}
