import { cx } from "./cx.ts";
import classes from "./skeleton.module.css";

const rowKeys = ["1", "2", "3", "4", "5", "6", "7", "8"];

/** Grey rows while a list is read; appears only after a moment, so that a quick start does not flicker. */
export function SkeletonRows({ label, rows = 8 }: { label: string; rows?: number }) {
  return (
    <div className={classes.rows} role="status">
      <span className="unseen">{label}</span>
      {rowKeys.slice(0, rows).map((key) => (
        <div key={key} className={classes.row} aria-hidden="true">
          <span className={classes.square} />
          <span className={classes.lines}>
            <span className={cx(classes.line, classes.short)} />
            <span className={classes.line} />
          </span>
        </div>
      ))}
    </div>
  );
}
