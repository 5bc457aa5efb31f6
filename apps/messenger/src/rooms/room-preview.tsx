import { Trans, useLingui } from "@lingui/react/macro";
import type { RoomSummary } from "@nimes/client/nimes-client";
import { lookOf } from "../kinds/looks.ts";
import { plainName, previewText } from "../texts/names.ts";
import { Ticks } from "../ui/ticks.tsx";
import classes from "./room-row.module.css";

/** The second line: the draft, or the last message and how far it is. */
export function RoomPreview({ room }: { room: RoomSummary }) {
  const { t } = useLingui();
  const draft = previewText(room.draft);
  if (draft !== "")
    return (
      <span className={classes.preview}>
        <strong className={classes.draft}>
          <Trans>Entwurf:</Trans>
        </strong>{" "}
        <bdi>{draft}</bdi>
      </span>
    );
  const { last } = room;
  if (!last) return <span className={classes.preview}>{t`Noch keine Nachricht`}</span>;
  const sender = last.own ? t`Du` : plainName(last.senderName);
  const { Preview: Words } = lookOf(last.preview);
  const says = last.own && last.delivery ? "" : room.kind !== "direct" || last.own ? `${sender}: ` : "";
  return (
    <span className={classes.preview}>
      {last.delivery ? <Ticks delivery={last.delivery} /> : null}
      <bdi>
        {says}
        <Words preview={last.preview} />
      </bdi>
    </span>
  );
}
