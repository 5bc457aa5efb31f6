/** What is said about each thing that can be done with a member: its name, what follows from it, what is asked before. */
import { useLingui } from "@lingui/react/macro";
import type { RoomRole } from "@nimes/protocol/signed/room-roles";
import type { MemberAct } from "./member-acts.ts";

type Words = { name: string; about?: string };

/** @param isMe the member is this user, who can only step down. */
export function useActWords(isMe: boolean): (act: MemberAct) => Words {
  const { t } = useLingui();
  const roleWords = (role: RoomRole): Words => {
    switch (role) {
      case "owner":
        return { name: t`Leitung geben`, about: t`Entscheidet alles, auch über die Rollen` };
      case "moderator":
        return {
          name: isMe ? t`Zur Moderation wechseln` : t`Zur Moderation machen`,
          about: t`Fügt Personen hinzu und entfernt sie`,
        };
      case "member":
        return {
          name: isMe ? t`Mitglied werden` : t`Zum Mitglied machen`,
          about: t`Liest und schreibt`,
        };
      case "reader":
        return { name: isMe ? t`Nur noch lesen` : t`Nur lesen lassen`, about: t`Liest, schreibt aber nicht` };
      default:
        return role satisfies never;
    }
  };
  return (act) => {
    switch (act.act) {
      case "give-role":
        return roleWords(act.role);
      case "bring-back":
        return { name: t`Mit neuem Gerät hinzufügen` };
      case "remove":
        return { name: t`Aus dem Chat entfernen` };
      case "keep":
        return { name: t`Doch nicht entfernen` };
      case "do-not-add":
        return { name: t`Doch nicht hinzufügen` };
      default:
        return act satisfies never;
    }
  };
}

/** The question before an act, in plain words. */
export function useQuestion(name: string, isMe: boolean): (act: MemberAct) => Question {
  const { t } = useLingui();
  return (act) => {
    switch (act.act) {
      case "give-role":
        if (act.role === "owner")
          return {
            title: t`${name} die Leitung geben?`,
            words: t`${name} entscheidet dann alles in diesem Chat: wer dabei ist, wer schreibt und wer die Leitung hat. Zurücknehmen kann das jede Person mit der Leitung, also auch ${name}.`,
            action: t`Leitung geben`,
          };
        return isMe
          ? {
              title: t`Leitung abgeben?`,
              words: t`Zurückgeben kann sie nur, wer dann noch die Leitung hat.`,
              action: t`Leitung abgeben`,
            }
          : {
              title: t`${name} die Leitung nehmen?`,
              words: t`${name} entscheidet dann nicht mehr über die Rollen in diesem Chat.`,
              action: t`Leitung nehmen`,
            };
      case "bring-back":
        return {
          title: t`${name} hat ein neues Gerät`,
          words: t`Haben Sie mit ${name} gesprochen, am besten persönlich? Das neue Gerät liest dann alles, was ab jetzt in diesem Chat geschrieben wird.`,
          action: t`Ja, hinzufügen`,
        };
      default:
        return {
          title: t`${name} entfernen?`,
          words: t`${name} liest ab dann nichts Neues mehr. Was schon da ist, bleibt auf den Geräten von ${name}.`,
          action: t`Entfernen`,
          danger: true,
        };
    }
  };
}

export type Question = { title: string; words: string; action: string; danger?: boolean };
