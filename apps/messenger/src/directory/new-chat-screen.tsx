import { Trans, useLingui } from "@lingui/react/macro";
import type { Person } from "@nimes/client/nimes-client";
import type { ErrorCode } from "@nimes/protocol/errors";
import { UsersRound } from "lucide-react";
import { useState } from "react";
import { useApp } from "../model/context.tsx";
import { useSentence } from "../texts/use-sentence.ts";
import { Icon } from "../ui/icon.tsx";
import { Pressable } from "../ui/pressable.tsx";
import { Screen } from "../ui/screen.tsx";
import classes from "./new-chat-screen.module.css";
import { PeopleList } from "./people-list.tsx";

/** Pick a person to write to, or start a group. */
export function NewChatScreen() {
  const { t } = useLingui();
  const { navigation, messenger } = useApp();
  const sentence = useSentence();
  const [problem, setProblem] = useState<ErrorCode>();

  const write = async (person: Person) => {
    setProblem(undefined);
    const opened = await messenger.client.openDirectRoom(person.userId);
    if (opened.ok) navigation.open({ at: "room", roomId: opened.value });
    else setProblem(opened.code);
  };

  return (
    <Screen title={t`Neuer Chat`} onBack={() => navigation.back()} takesFocus scrolls={false}>
      <Pressable className={classes.group} onPress={() => navigation.open({ at: "new-group", userIds: [] })}>
        <span className={classes.icon}>
          <Icon of={UsersRound} />
        </span>
        <Trans>Neue Gruppe oder neuer Kanal</Trans>
      </Pressable>
      {problem ? (
        <p className={classes.problem} role="alert">
          {sentence(problem)}
        </p>
      ) : null}
      <PeopleList onPick={(person) => void write(person)} />
    </Screen>
  );
}
