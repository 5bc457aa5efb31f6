import type { LucideIcon } from "lucide-react";

/** An icon of the one set: 1.8 px strokes, decoration unless it has a name. */
export function Icon(props: {
  of: LucideIcon;
  size?: number;
  label?: string;
  className?: string | undefined;
}) {
  const { of: Drawing, size = 22, label, className } = props;
  const name = label === undefined ? { "aria-hidden": true as const } : { role: "img", "aria-label": label };
  return (
    <Drawing
      width={`${size / 15}rem`}
      height={`${size / 15}rem`}
      strokeWidth={1.8}
      focusable="false"
      {...(className ? { className } : {})}
      {...name}
    />
  );
}
