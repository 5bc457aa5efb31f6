import type { Me } from "@nimes/client/nimes-client";
import { useId } from "react";
import { useMessenger } from "../model/context.tsx";
import { useNow } from "../model/use-now.ts";
import { cx } from "../ui/cx.ts";
import type { Mark } from "./mark.ts";
import { markOf } from "./mark.ts";
import classes from "./watermark.module.css";

/**
 * Name, unit and minute of whoever is looking, faintly over a room: who photographs what others have written photographs
 * that as well. Over it rather than under it, because bubbles and pictures cover what lies under them. Nothing that is
 * pressed, read aloud or scrolled notices it.
 */
export function Watermark() {
  return <OwnMark className={classes.room} />;
}

/** Stronger, for a picture alone on the screen: there is no text to keep legible, and colours of every kind. */
export function PictureWatermark() {
  return <OwnMark className={classes.picture} />;
}

function OwnMark({ className }: { className: string | undefined }) {
  const me = useMessenger((state) => (state.client.state === "ready" ? state.client.me : undefined));
  return me ? <Tiles me={me} className={className} /> : null;
}

function Tiles({ me, className }: { me: Me; className: string | undefined }) {
  const now = useNow();
  const patternId = useId();
  const mark = markOf({ ...me, at: now });
  const { width, height } = mark.tile;
  return (
    <svg className={cx(classes.mark, className)} aria-hidden="true" focusable="false" data-testid="watermark">
      <defs>
        <pattern
          id={patternId}
          patternUnits="userSpaceOnUse"
          patternTransform="rotate(-18)"
          width={width}
          height={height * 2}
        >
          {/* A tile ends inside of the words, so both parts are drawn; every other row is set off, as bricks are. */}
          <Words mark={mark} x={width / 4} y={0} />
          <Words mark={mark} x={(-width * 3) / 4} y={0} />
          <Words mark={mark} x={-width / 4} y={height} />
          <Words mark={mark} x={(width * 3) / 4} y={height} />
        </pattern>
      </defs>
      <rect width="100%" height="100%" fill={`url(#${patternId})`} />
    </svg>
  );
}

/** Dark with a light edge: one of the two is seen on whatever lies below. */
function Words({ mark, x, y }: { mark: Mark; x: number; y: number }) {
  const { lines, fontSize, lineHeight } = mark;
  const at = (index: number) => y + (index + 1) * lineHeight;
  return (
    <g fontSize={fontSize}>
      {lines.map((line, index) => (
        <text key={`light ${line}`} x={x + 1} y={at(index) + 1} className={classes.light}>
          {line}
        </text>
      ))}
      {lines.map((line, index) => (
        <text key={`dark ${line}`} x={x} y={at(index)} className={classes.dark}>
          {line}
        </text>
      ))}
    </g>
  );
}
