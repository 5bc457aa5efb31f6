import { Trans, useLingui } from "@lingui/react/macro";
import type { RoomDetail } from "@nimes/client/nimes-client";
import type { ErrorCode } from "@nimes/protocol/errors";
import type { UserId } from "@nimes/protocol/ids";
import { useState } from "react";
import { useClient } from "../model/context.tsx";
import { useSentence } from "../texts/use-sentence.ts";
import { Confirm } from "../ui/dialog.tsx";
import { HeirChoice } from "./heir-choice.tsx";
import { heirsOf, leave } from "./leaving.ts";
import classes from "./member-sheet.module.css";

/** Asks before somebody leaves, says what stays, and has the last owner choose who leads on. */
export function LeaveDialog({ room, onClose }: { room: RoomDetail; onClose: () => void }) {
  const { t } = useLingui();
  const client = useClient();
  const sentence = useSentence();
  const heirs = heirsOf(room);
  const [chosen, setChosen] = useState<UserId>();
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<ErrorCode>();
  const heir = chosen ?? room.successor;
  const isAlone = room.members.length <= 1;

  const go = async () => {
    setBusy(true);
    setProblem(undefined);
    const left = await leave(client, room, heirs.length > 0 ? heir : undefined);
    setBusy(false);
    if (left.ok) onClose();
    else setProblem(left.code);
  };
  return (
    <Confirm
      title={room.kind === "channel" ? t`Kanal verlassen?` : t`Chat verlassen?`}
      action={t`Verlassen`}
      danger
      holds={chosen !== undefined}
      isPending={busy}
      onConfirm={() => void go()}
      onClose={onClose}
    >
      <p>
        <Trans>
          Neues kommt dann nicht mehr an. Was schon da ist, bleibt auf diesem Gerät lesbar, bis es abläuft.
        </Trans>{" "}
        {isAlone ? (
          <Trans>Sonst ist niemand mehr dabei: Zurück führt kein Weg.</Trans>
        ) : (
          <Trans>Zurück geht es nur, wenn Leitung oder Moderation wieder hinzufügt.</Trans>
        )}
      </p>
      {heirs.length > 0 && heir !== undefined ? (
        <HeirChoice heirs={heirs} successor={room.successor} value={heir} onChange={setChosen} />
      ) : null}
      {problem ? (
        <p className={classes.problem} role="alert">
          {sentence(problem)}
        </p>
      ) : null}
    </Confirm>
  );
}
