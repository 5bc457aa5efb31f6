import { plural } from "@lingui/core/macro";
import { Trans, useLingui } from "@lingui/react/macro";
import { minutesAndSeconds } from "./countdown.ts";
import classes from "./lock-screen.module.css";

const allTries = 10;

/** How many tries are left, how long to wait, and what happens at zero. */
export function Tries(props: { id: string; triesLeft: number | undefined; waitSeconds: number }) {
  const { t } = useLingui();
  const { id, triesLeft, waitSeconds } = props;
  const few = triesLeft !== undefined && triesLeft < allTries;
  return (
    <div id={id} className={classes.tries}>
      {waitSeconds > 0 ? (
        <p className={classes.wait}>
          <Trans>
            Nächster Versuch in <span className={classes.clock}>{minutesAndSeconds(waitSeconds)}</span>
          </Trans>
        </p>
      ) : null}
      {few ? (
        <p className={classes.left} data-few={triesLeft <= 3} role="status">
          {plural(triesLeft, { one: "Noch # Versuch", other: "Noch # Versuche" })}
        </p>
      ) : null}
      <p className={classes.muted}>
        {few
          ? t`Danach werden die Daten auf diesem Gerät unwiderruflich gelöscht.`
          : t`Nach zehn falschen PINs werden die Daten auf diesem Gerät unwiderruflich gelöscht.`}
      </p>
    </div>
  );
}
