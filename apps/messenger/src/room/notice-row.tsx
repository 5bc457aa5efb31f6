import { plural } from "@lingui/core/macro";
import { useLingui } from "@lingui/react/macro";
import type { Notice, NoticeItem, RoomDetail } from "@nimes/client/nimes-client";
import { TriangleAlert } from "lucide-react";
import { useSettings } from "../model/context.tsx";
import { plainName } from "../texts/names.ts";
import { cx } from "../ui/cx.ts";
import { Icon } from "../ui/icon.tsx";
import { NewDeviceNotice } from "./new-device-notice.tsx";
import classes from "./notice-row.module.css";

/** All but the one that has something to do in it. */
type PlainNotice = Exclude<Notice, { type: "new-device" }>;

/** Something about the room that everybody should see; troubles with a sign and in another colour. */
export function NoticeRow({ item, room }: { item: NoticeItem; room: RoomDetail | undefined }) {
  const { notice } = item;
  if (notice.type === "new-device")
    return (
      <div className={classes.row}>
        <div className={cx(classes.chip, classes.stacked)}>
          <NewDeviceNotice notice={notice} room={room} />
        </div>
      </div>
    );
  const trouble = isTrouble(notice);
  return (
    <p className={cx(classes.row)}>
      <span className={cx(classes.chip, trouble && classes.trouble)}>
        {trouble ? <Icon of={TriangleAlert} size={16} /> : null}
        <bdi>
          <NoticeWords notice={notice} />
        </bdi>
      </span>
    </p>
  );
}

function NoticeWords({ notice }: { notice: PlainNotice }) {
  const { t } = useLingui();
  const { language } = useSettings();
  switch (notice.type) {
    case "founded":
      return t`${plainName(notice.by)} hat den Chat begonnen. Nur die Personen in diesem Chat können mitlesen.`;
    case "added":
      return t`${plainName(notice.by)} hat ${listOf(notice.people, language)} hinzugefügt`;
    case "removed":
      return t`${plainName(notice.by)} hat ${listOf(notice.people, language)} entfernt`;
    case "removed-you":
      return t`${plainName(notice.by)} hat dieses Gerät aus dem Chat entfernt`;
    case "renamed":
      return t`${plainName(notice.by)} hat den Chat „${plainName(notice.name)}“ genannt`;
    case "loss":
      return t`${plural(notice.count, {
        one: `# Nachricht von ${plainName(notice.sender)} ist nicht angekommen. Bitte nachfragen.`,
        other: `# Nachrichten von ${plainName(notice.sender)} sind nicht angekommen. Bitte nachfragen.`,
      })}`;
    case "fork":
      return t`Der Server zeigt ${plainName(notice.sender)} einen anderen Verlauf als diesem Gerät. Bitte die IT-Betreuung verständigen.`;
    case "expired":
      return t`${plural(notice.count, {
        one: "# Nachricht ist abgelaufen, bevor sie hier ankam",
        other: "# Nachrichten sind abgelaufen, bevor sie hier ankamen",
      })}`;
    case "unopened":
      return t`Eine Nachricht von ${plainName(notice.sender)} konnte nicht geöffnet werden. Bitte erneut senden lassen.`;
    case "refused":
      return t`Eine unzulässige Änderung von ${plainName(notice.sender)} wurde abgewiesen. Niemand wurde hinzugefügt.`;
  }
}

function isTrouble(notice: PlainNotice): boolean {
  switch (notice.type) {
    case "loss":
    case "fork":
    case "unopened":
    case "refused":
      return true;
    default:
      return false;
  }
}

const listOf = (names: readonly string[], language: string): string =>
  new Intl.ListFormat(language, { type: "conjunction" }).format(names.map(plainName));
