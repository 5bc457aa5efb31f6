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
  // Grows with the text, but never out of its button.
  const side = `min(${size / 15}rem, ${size * 1.5}px)`;
  return (
    <Drawing
      style={{ width: side, height: side }}
      strokeWidth={1.8}
      focusable="false"
      {...(className ? { className } : {})}
      {...name}
    />
  );
}
