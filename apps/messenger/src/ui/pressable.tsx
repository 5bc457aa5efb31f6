/**
 * Whatever is pressed, by finger, pointer, keys or a screen reader: React Aria's behaviour on a plain button, with its
 * states as attributes for the style sheets. The component that React Aria has for it brings progress bars, number
 * formats and an announcer along, and would be a tenth of the first screen.
 */
import { type ReactNode, useRef } from "react";
import { mergeProps } from "react-aria/mergeProps";
import { type AriaButtonProps, useButton } from "react-aria/useButton";
import { useHover } from "react-aria/useHover";

type Pressed = Pick<
  AriaButtonProps,
  | "aria-controls"
  | "aria-current"
  | "aria-expanded"
  | "aria-label"
  | "aria-pressed"
  | "autoFocus"
  | "isDisabled"
  | "onPress"
> & {
  type?: "submit";
  /** What was pressed is going on: it keeps its focus and its words, but nothing more comes of pressing it. */
  isPending?: boolean;
  className?: string | undefined;
  "data-room"?: string;
  children: ReactNode;
};

export function Pressable({ className, isPending = false, ...props }: Pressed) {
  const button = useRef<HTMLButtonElement>(null);
  const { onPress, type, ...rest } = props;
  const active = { ...(onPress && { onPress }), ...(type && { type }) };
  // A pending button that submits becomes a plain one, so that Enter in a field does not send the form again.
  const { buttonProps, isPressed } = useButton({ ...rest, ...(!isPending && active) }, button);
  const isDisabled = props.isDisabled ?? false;
  const { hoverProps, isHovered } = useHover({ isDisabled: isDisabled || isPending });
  return (
    <button
      {...mergeProps(buttonProps, hoverProps)}
      ref={button}
      className={className}
      data-disabled={isDisabled || undefined}
      data-hovered={isHovered || undefined}
      data-pressed={(isPressed && !isPending) || undefined}
      {...(isPending && { "data-pending": true, "aria-disabled": true })}
    >
      {props.children}
    </button>
  );
}
