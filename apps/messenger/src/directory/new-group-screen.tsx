import { plural } from "@lingui/core/macro";
import { useLingui } from "@lingui/react/macro";
import type { ErrorCode } from "@nimes/protocol/errors";
import { limits } from "@nimes/protocol/limits";
import { isBlank } from "@nimes/protocol/names";
import { useId, useState } from "react";
import { privateField } from "../capsule/private-field.ts";
import { useApp } from "../model/context.tsx";
import { useSentence } from "../texts/use-sentence.ts";
import { Button } from "../ui/button.tsx";
import { Screen } from "../ui/screen.tsx";
import { ChosenPeople } from "./chosen-people.tsx";
import type { NewRoomKind } from "./kind-choice.tsx";
import { KindChoice } from "./kind-choice.tsx";
import classes from "./new-chat-screen.module.css";
import { PeopleList } from "./people-list.tsx";
import { useChoice } from "./use-choice.ts";

/** A name and some people make a group, or a channel, where only some write. */
export function NewGroupScreen() {
  const { t } = useLingui();
  const { navigation, messenger } = useApp();
  const sentence = useSentence();
  const nameId = useId();
  const [name, setName] = useState("");
  const [kind, setKind] = useState<NewRoomKind>("group");
  const [problem, setProblem] = useState<ErrorCode>();
  const [busy, setBusy] = useState(false);
  const choice = useChoice();
  const ready = !isBlank(name) && choice.people.length > 0;

  const create = async () => {
    setBusy(true);
    setProblem(undefined);
    const created = await messenger.client.createGroup({ name: name.trim(), userIds: [...choice.ids], kind });
    setBusy(false);
    if (created.ok) navigation.open({ at: "room", roomId: created.value });
    else setProblem(created.code);
  };

  return (
    <Screen
      title={kind === "channel" ? t`Neuer Kanal` : t`Neue Gruppe`}
      onBack={() => navigation.back()}
      takesFocus
      scrolls={false}
    >
      <div className={classes.form}>
        <div className={classes.naming}>
          <label htmlFor={nameId} className={classes.label}>
            {kind === "channel" ? t`Name des Kanals` : t`Name der Gruppe`}
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
        <KindChoice value={kind} onChange={setKind} />
        <ChosenPeople people={choice.people} onRemove={choice.toggle} />
        {problem ? (
          <p className={classes.problem} role="alert">
            {sentence(problem)}
          </p>
        ) : null}
        <div className={classes.people}>
          <PeopleList chosen={choice.ids} onPick={choice.toggle} />
        </div>
      </div>
      <div className={classes.foot}>
        <Button kind="main" isDisabled={!ready} isPending={busy} onPress={() => void create()}>
          <FoundWords kind={kind} people={choice.people.length} />
        </Button>
      </div>
    </Screen>
  );
}

function FoundWords({ kind, people }: { kind: NewRoomKind; people: number }) {
  const { t } = useLingui();
  if (kind === "channel")
    return people === 0
      ? t`Kanal anlegen`
      : t`${plural(people, { one: "Kanal mit # Person anlegen", other: "Kanal mit # Personen anlegen" })}`;
  return people === 0
    ? t`Gruppe anlegen`
    : t`${plural(people, { one: "Gruppe mit # Person anlegen", other: "Gruppe mit # Personen anlegen" })}`;
}
