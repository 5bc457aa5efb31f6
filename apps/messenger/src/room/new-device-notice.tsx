import { Trans, useLingui } from "@lingui/react/macro";
import type { Notice, RoomDetail } from "@nimes/client/nimes-client";
import type { ErrorCode } from "@nimes/protocol/errors";
import { Smartphone } from "lucide-react";
import { useState } from "react";
import { useClient } from "../model/context.tsx";
import { plainName } from "../texts/names.ts";
import { useSentence } from "../texts/use-sentence.ts";
import { Button } from "../ui/button.tsx";
import { Confirm } from "../ui/dialog.tsx";
import { Icon } from "../ui/icon.tsx";
import classes from "./notice-row.module.css";

type NewDevice = Extract<Notice, { type: "new-device" }>;

/** Somebody has a new phone; it comes back into the room only by somebody who has spoken to that person. */
export function NewDeviceNotice({ notice, room }: { notice: NewDevice; room: RoomDetail | undefined }) {
  const { t } = useLingui();
  const client = useClient();
  const sentence = useSentence();
  const [asking, setAsking] = useState(false);
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<ErrorCode>();
  const name = plainName(notice.person);
  const member = room?.members.find(({ userId }) => userId === notice.userId);
  const isOutside = member?.state === "member" && member.devices.length === 0;
  const mayAdd = room?.mayBringBack === true && room.writable;
  const add = async () => {
    if (!room) return;
    setBusy(true);
    const added = await client.addPeople(room.roomId, [notice.userId]);
    setBusy(false);
    setAsking(false);
    setProblem(added.ok ? undefined : added.code);
  };
  return (
    <>
      <p>
        <Icon of={Smartphone} size={16} />{" "}
        <bdi>
          {isOutside
            ? t`${name} hat ein neues Gerät. Es liest hier erst mit, wenn es wieder hinzugefügt ist.`
            : t`${name} hat ein neues Gerät.`}
        </bdi>
      </p>
      {isOutside && mayAdd ? (
        <Button kind="quiet" className={classes.action} onPress={() => setAsking(true)}>
          {t`Wieder hinzufügen`}
        </Button>
      ) : null}
      {problem ? <p role="alert">{sentence(problem)}</p> : null}
      {asking ? (
        <Confirm
          title={t`${name} hat ein neues Gerät`}
          action={t`Ja, hinzufügen`}
          isPending={busy}
          onConfirm={() => void add()}
          onClose={() => setAsking(false)}
        >
          <Trans>
            Haben Sie mit {name} gesprochen, am besten persönlich? Das neue Gerät liest dann alles, was ab
            jetzt in diesem Chat geschrieben wird.
          </Trans>
        </Confirm>
      ) : null}
    </>
  );
}
