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
      return notice.by === undefined
        ? t`Jetzt im Chat: ${listOf(notice.people, language)}`
        : t`${plainName(notice.by)} hat ${listOf(notice.people, language)} hinzugefügt`;
    case "removed":
      return notice.by === undefined
        ? t`Nicht mehr im Chat: ${listOf(notice.people, language)}`
        : t`${plainName(notice.by)} hat ${listOf(notice.people, language)} entfernt`;
    case "removed-you":
      return notice.by === undefined
        ? t`Dieses Gerät ist nicht mehr in diesem Chat`
        : t`${plainName(notice.by)} hat dieses Gerät aus dem Chat entfernt`;
    case "renamed":
      return t`${plainName(notice.by)} hat den Chat „${plainName(notice.name)}“ genannt`;
    case "loss":
      if (notice.sender === undefined)
        return t`${plural(notice.count, {
          one: "# Nachricht oder Reaktion ist nicht angekommen. Bitte im Chat nachfragen.",
          other: "# Nachrichten oder Reaktionen sind nicht angekommen. Bitte im Chat nachfragen.",
        })}`;
      return t`${plural(notice.count, {
        one: `# Nachricht oder Reaktion von ${plainName(notice.sender)} ist nicht angekommen. Bitte nachfragen.`,
        other: `# Nachrichten oder Reaktionen von ${plainName(notice.sender)} sind nicht angekommen. Bitte nachfragen.`,
      })}`;
    case "fork":
      return notice.sender === undefined
        ? t`Der Server zeigt anderen einen anderen Verlauf als diesem Gerät. Bitte die IT-Betreuung verständigen.`
        : t`Der Server zeigt ${plainName(notice.sender)} einen anderen Verlauf als diesem Gerät. Bitte die IT-Betreuung verständigen.`;
    case "expired":
      if (notice.sender !== undefined)
        return t`${plural(notice.count, {
          one: `# Nachricht von ${plainName(notice.sender)} ist abgelaufen, bevor sie gelesen wurde`,
          other: `# Nachrichten von ${plainName(notice.sender)} sind abgelaufen, bevor sie gelesen wurden`,
        })}`;
      return t`${plural(notice.count, {
        one: "# Nachricht ist abgelaufen, bevor sie hier ankam",
        other: "# Nachrichten sind abgelaufen, bevor sie hier ankamen",
      })}`;
    case "withheld":
      return t`Der Server liefert in diesem Chat seit längerem etwas nicht aus. Bitte die IT-Betreuung verständigen.`;
    case "restored":
      return t`Der Server wurde aus einer Sicherung wiederhergestellt. Was seither geschrieben wurde, kann fehlen; was dieses Gerät noch hat, geht noch einmal hinaus.`;
    case "unopened":
      return notice.sender === undefined
        ? t`Eine Nachricht konnte nicht geöffnet werden. Bitte im Chat nachfragen.`
        : t`Eine Nachricht von ${plainName(notice.sender)} konnte nicht geöffnet werden. Bitte erneut senden lassen.`;
    case "changed-unit":
      return t`${plainName(notice.person)} gehört jetzt zur Dienststelle ${plainName(notice.unit)}. Bei Zweifeln bitte persönlich nachfragen.`;
    case "refused":
      return notice.sender === undefined
        ? t`Eine unzulässige Änderung wurde abgewiesen. Niemand wurde hinzugefügt.`
        : t`Eine unzulässige Änderung von ${plainName(notice.sender)} wurde abgewiesen. Niemand wurde hinzugefügt.`;
    case "role":
      return <RoleWords notice={notice} />;
    case "left":
      return t`${plainName(notice.person)} hat den Chat verlassen`;
    case "refounded":
      return t`${plainName(notice.by)} hat den Chat neu begründet, weil er nicht weiterging. Alles Bisherige bleibt.`;
    case "left-out":
      return t`Noch nicht wieder dabei: ${listOf(notice.people, language)}. Wer fehlt, kommt von selbst dazu.`;
    case "came-back":
      return t`Dieses Gerät war kurz nicht mehr im Chat und ist zurück. Was fehlt, wird nachgefordert.`;
    case "newer":
      return t`Ein Hinweis, den diese App nicht kennt. Bitte die App aktualisieren.`;
    default:
      notice satisfies never;
      return t`Ein Hinweis, den diese App nicht kennt. Bitte die App aktualisieren.`;
  }
}

function RoleWords({ notice }: { notice: Extract<Notice, { type: "role" }> }) {
  const { t } = useLingui();
  const { by, person, role } = notice;
  switch (role) {
    case "owner":
      return t`${plainName(by)} hat ${plainName(person)} die Leitung gegeben`;
    case "moderator":
      return t`${plainName(by)} hat ${plainName(person)} zur Moderation gemacht`;
    case "member":
      return t`${plainName(by)} lässt ${plainName(person)} hier lesen und schreiben`;
    case "reader":
      return t`${plainName(by)} lässt ${plainName(person)} hier nur lesen`;
    default:
      role satisfies never;
      return t`Ein Hinweis, den diese App nicht kennt. Bitte die App aktualisieren.`;
  }
}

function isTrouble(notice: PlainNotice): boolean {
  switch (notice.type) {
    case "loss":
    case "fork":
    case "unopened":
    case "refused":
    case "changed-unit":
    case "withheld":
      return true;
    default:
      return false;
  }
}

const listOf = (names: readonly string[], language: string): string =>
  new Intl.ListFormat(language, { type: "conjunction" }).format(names.map(plainName));
