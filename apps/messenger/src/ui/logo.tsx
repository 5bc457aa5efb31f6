import classes from "./logo.module.css";

/** The sign of the app. */
export function Logo() {
  return (
    <span className={classes.logo} aria-hidden="true">
      N
    </span>
  );
}
