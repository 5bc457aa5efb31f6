import { plural } from "@lingui/core/macro";
import { useLingui } from "@lingui/react/macro";
import type { ErrorCode } from "@nimes/protocol/errors";
import type { RoomId, UserId } from "@nimes/protocol/ids";
import { useEffect, useState } from "react";
import { ChosenPeople } from "../directory/chosen-people.tsx";
import classes from "../directory/new-chat-screen.module.css";
import { PeopleList } from "../directory/people-list.tsx";
import { useChoice } from "../directory/use-choice.ts";
import { useApp } from "../model/context.tsx";
import { useSentence } from "../texts/use-sentence.ts";
import { Button } from "../ui/button.tsx";
import { Screen } from "../ui/screen.tsx";

/** Picks people who are not in the room yet. */
export function AddPeopleScreen({ roomId }: { roomId: RoomId }) {
  const { t } = useLingui();
  const { navigation, messenger } = useApp();
  const sentence = useSentence();
  const [inside, setInside] = useState<ReadonlySet<UserId>>();
  const [problem, setProblem] = useState<ErrorCode>();
  const [busy, setBusy] = useState(false);
  const choice = useChoice();

  useEffect(() => {
    void messenger.client
      .room(roomId)
      .then((room) => setInside(new Set(room?.members.map((member) => member.userId) ?? [])));
  }, [messenger, roomId]);

  const add = async () => {
    setBusy(true);
    setProblem(undefined);
    const added = await messenger.client.addPeople(roomId, [...choice.ids]);
    setBusy(false);
    if (added.ok) navigation.back();
    else setProblem(added.code);
  };

  return (
    <Screen title={t`Personen hinzufügen`} onBack={() => navigation.back()} takesFocus scrolls={false}>
      <ChosenPeople people={choice.people} onRemove={choice.toggle} />
      {problem ? (
        <p className={classes.problem} role="alert">
          {sentence(problem)}
        </p>
      ) : null}
      {inside ? <PeopleList chosen={choice.ids} without={inside} onPick={choice.toggle} /> : null}
      <div className={classes.foot}>
        <Button
          kind="main"
          isDisabled={choice.people.length === 0}
          isPending={busy}
          onPress={() => void add()}
        >
          {choice.people.length === 0
            ? t`Hinzufügen`
            : t`${plural(choice.people.length, { one: "# Person hinzufügen", other: "# Personen hinzufügen" })}`}
        </Button>
      </div>
    </Screen>
  );
}
