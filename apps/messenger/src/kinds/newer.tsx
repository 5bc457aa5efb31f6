/** A message of a kind that only a newer app knows. */
import { Trans } from "@lingui/react/macro";
import type { RowLook } from "./look.ts";
import classes from "./words.module.css";
import { Words } from "./words.tsx";

const Name = () => <Trans>Neuere Nachricht</Trans>;

export const newer: RowLook<"newer"> = {
  Draw: ({ meta }) => (
    <>
      <p className={classes.newer}>
        <Trans>Neuere Nachricht. Bitte die App aktualisieren, um sie zu lesen.</Trans>
      </p>
      <Words text="" meta={meta} />
    </>
  ),
  Preview: Name,
  Announcement: Name,
};
