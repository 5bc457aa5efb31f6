import { Trans, useLingui } from "@lingui/react/macro";
import type { RoomSummary } from "@nimes/client/nimes-client";
import { Image } from "lucide-react";
import { plainName, previewText } from "../texts/names.ts";
import { Icon } from "../ui/icon.tsx";
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
  const says = last.own && last.delivery ? "" : room.kind !== "direct" || last.own ? `${sender}: ` : "";
  return (
    <span className={classes.preview}>
      {last.delivery ? <Ticks delivery={last.delivery} /> : null}
      <bdi>
        {says}
        <PreviewWords preview={last.preview} />
      </bdi>
    </span>
  );
}

function PreviewWords({ preview }: { preview: NonNullable<RoomSummary["last"]>["preview"] }) {
  const { t } = useLingui();
  switch (preview.kind) {
    case "text":
      return previewText(preview.text);
    case "picture":
      return (
        <>
          <Icon of={Image} size={15} className={classes.inline} />{" "}
          {preview.caption === "" ? t`Foto` : previewText(preview.caption)}
        </>
      );
    case "newer":
      return t`Neuere Nachricht`;
    default:
      preview satisfies never;
      return t`Neuere Nachricht`;
  }
}
