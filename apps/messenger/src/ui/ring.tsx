import { ProgressBar } from "react-aria-components/ProgressBar";
import classes from "./ring.module.css";

const circumference = 2 * Math.PI * 22;

/** A ring that fills; `share` from 0 to 1. */
export function Ring({ label, share }: { label: string; share: number }) {
  return (
    <ProgressBar aria-label={label} value={Math.round(share * 100)} className={classes.ring ?? ""}>
      <svg viewBox="0 0 48 48" width="48" height="48" aria-hidden="true">
        <circle cx="24" cy="24" r="22" className={classes.track} />
        <circle
          cx="24"
          cy="24"
          r="22"
          className={classes.bar}
          strokeDasharray={circumference}
          strokeDashoffset={circumference * (1 - Math.max(0.03, share))}
        />
      </svg>
    </ProgressBar>
  );
}
