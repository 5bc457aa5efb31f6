import { plural } from "@lingui/core/macro";
import { useLingui } from "@lingui/react/macro";
import type { ErrorCode } from "@nimes/protocol/errors";
import { limits } from "@nimes/protocol/limits";
import { useId, useState } from "react";
import { privateField } from "../capsule/private-field.ts";
import { useApp } from "../model/context.tsx";
import { useSentence } from "../texts/use-sentence.ts";
import { Button } from "../ui/button.tsx";
import { Screen } from "../ui/screen.tsx";
import { ChosenPeople } from "./chosen-people.tsx";
import classes from "./new-chat-screen.module.css";
import { PeopleList } from "./people-list.tsx";
import { useChoice } from "./use-choice.ts";

/** A name and some people make a group. */
export function NewGroupScreen() {
  const { t } = useLingui();
  const { navigation, messenger } = useApp();
  const sentence = useSentence();
  const nameId = useId();
  const [name, setName] = useState("");
  const [problem, setProblem] = useState<ErrorCode>();
  const [busy, setBusy] = useState(false);
  const choice = useChoice();
  const ready = name.trim() !== "" && choice.people.length > 0;

  const create = async () => {
    setBusy(true);
    setProblem(undefined);
    const created = await messenger.client.createGroup({ name: name.trim(), userIds: [...choice.ids] });
    setBusy(false);
    if (created.ok) navigation.open({ at: "room", roomId: created.value });
    else setProblem(created.code);
  };

  return (
    <Screen title={t`Neue Gruppe`} onBack={() => navigation.back()} takesFocus scrolls={false}>
      <div className={classes.naming}>
        <label htmlFor={nameId} className={classes.label}>
          {t`Name der Gruppe`}
        </label>
        <input
          {...privateField}
          id={nameId}
          className={classes.input}
          value={name}
          maxLength={limits.maxRoomNameLength}
          onChange={(event) => setName(event.target.value)}
        />
      </div>
      <ChosenPeople people={choice.people} onRemove={choice.toggle} />
      {problem ? (
        <p className={classes.problem} role="alert">
          {sentence(problem)}
        </p>
      ) : null}
      <PeopleList chosen={choice.ids} onPick={choice.toggle} />
      <div className={classes.foot}>
        <Button kind="main" isDisabled={!ready} isPending={busy} onPress={() => void create()}>
          {choice.people.length === 0
            ? t`Gruppe anlegen`
            : t`${plural(choice.people.length, {
                one: "Gruppe mit # Person anlegen",
                other: "Gruppe mit # Personen anlegen",
              })}`}
        </Button>
      </div>
    </Screen>
  );
}
