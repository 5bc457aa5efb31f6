import { Label } from "react-aria-components/Label";
import { Radio, RadioGroup } from "react-aria-components/RadioGroup";
import classes from "./choices.module.css";

/** One of a few, side by side. */
export function Choices<T extends string>(props: {
  label: string;
  value: T;
  options: readonly { value: T; name: string }[];
  onChange: (value: T) => void;
}) {
  const { label, value, options, onChange } = props;
  return (
    <RadioGroup
      value={value}
      onChange={(next) => {
        const option = options.find((other) => other.value === next);
        if (option) onChange(option.value);
      }}
      className={classes.group ?? ""}
    >
      <Label className={classes.label ?? ""}>{label}</Label>
      <div className={classes.options}>
        {options.map((option) => (
          <Radio key={option.value} value={option.value} className={classes.option ?? ""}>
            {option.name}
          </Radio>
        ))}
      </div>
    </RadioGroup>
  );
}
