import { useLingui } from "@lingui/react/macro";
import type { RoomDetail, RoomMember } from "@nimes/client/nimes-client";
import type { ErrorCode } from "@nimes/protocol/errors";
import { useState } from "react";
import { useClient } from "../model/context.tsx";
import { plainName } from "../texts/names.ts";
import { useSentence } from "../texts/use-sentence.ts";
import { Button } from "../ui/button.tsx";
import { cx } from "../ui/cx.ts";
import { Confirm, Dialog } from "../ui/dialog.tsx";
import { Pressable } from "../ui/pressable.tsx";
import { useActWords, useQuestion } from "./act-words.tsx";
import type { MemberAct } from "./member-acts.ts";
import { actsFor, carryOut, keyOf, needsAsking } from "./member-acts.ts";
import classes from "./member-sheet.module.css";
import { RoleName } from "./role-name.tsx";

/** What can be done with one member; the weighty things ask once more. Closes when it is done. */
export function MemberSheet(props: {
  room: RoomDetail;
  member: RoomMember;
  isMe: boolean;
  onClose: () => void;
}) {
  const { t } = useLingui();
  const { room, member, isMe, onClose } = props;
  const client = useClient();
  const sentence = useSentence();
  const [asked, setAsked] = useState<MemberAct>();
  const [running, setRunning] = useState<MemberAct>();
  const [problem, setProblem] = useState<ErrorCode>();
  const name = plainName(member.displayName);
  const wordsOf = useActWords(isMe);
  const questionOf = useQuestion(name, isMe);

  const run = async (act: MemberAct) => {
    setRunning(act);
    setProblem(undefined);
    const done = await carryOut(client, { roomId: room.roomId, userId: member.userId }, act);
    setRunning(undefined);
    if (done.ok) onClose();
    else setProblem(done.code);
  };
  const choose = (act: MemberAct) => {
    if (needsAsking(act, member)) setAsked(act);
    else void run(act);
  };
  const alert = problem ? (
    <p className={classes.problem} role="alert">
      {sentence(problem)}
    </p>
  ) : null;

  if (asked) {
    const { title, words, action, danger = false } = questionOf(asked);
    return (
      <Confirm
        key="question"
        title={title}
        action={action}
        danger={danger}
        isPending={running !== undefined}
        onConfirm={() => void run(asked)}
        onClose={onClose}
      >
        <p>{words}</p>
        {alert}
      </Confirm>
    );
  }
  return (
    <Dialog
      key="acts"
      title={isMe ? t`Meine Rolle` : name}
      onClose={onClose}
      actions={
        <Button kind="quiet" onPress={onClose}>
          {t`Schließen`}
        </Button>
      }
    >
      {room.kind === "direct" ? null : (
        <p className={classes.now}>
          <RoleName role={member.role} />
        </p>
      )}
      <ul className={classes.acts}>
        {actsFor(room, member).map((act) => {
          const { name: words, about } = wordsOf(act);
          const isRunning = running !== undefined && keyOf(running) === keyOf(act);
          return (
            <li key={keyOf(act)}>
              <Pressable
                className={cx(classes.act, act.act === "remove" && classes.danger)}
                isDisabled={running !== undefined && !isRunning}
                isPending={isRunning}
                onPress={() => choose(act)}
              >
                <span className={classes.name}>{words}</span>
                {about ? <span className={classes.about}>{about}</span> : null}
              </Pressable>
            </li>
          );
        })}
      </ul>
      <p className="unseen" role="status">
        {running ? t`Bitte warten` : null}
      </p>
      {alert}
    </Dialog>
  );
}
