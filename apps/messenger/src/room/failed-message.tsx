import { useLingui } from "@lingui/react/macro";
import type { ErrorCode } from "@nimes/protocol/errors";
import type { MessageId, RoomId } from "@nimes/protocol/ids";
import { CircleAlert, RotateCw, Trash2 } from "lucide-react";
import { useClient, useMessenger } from "../model/context.tsx";
import { useSentence } from "../texts/use-sentence.ts";
import { Button } from "../ui/button.tsx";
import { Icon } from "../ui/icon.tsx";
import classes from "./failed-message.module.css";

/** Why an own message did not go out, and what can be done about it: who is not in the room cannot send it again. */
export function FailedMessage(props: { roomId: RoomId; messageId: MessageId; reason: ErrorCode }) {
  const { t } = useLingui();
  const client = useClient();
  const sentence = useSentence();
  const { roomId, messageId, reason } = props;
  const writable = useMessenger(({ rooms }) => rooms?.find((room) => room.roomId === roomId)?.writable);
  return (
    <div className={classes.failed}>
      <p className={classes.reason}>
        <Icon of={CircleAlert} size={16} />
        <span>
          {t`Nicht gesendet.`} {sentence(reason)}
        </span>
      </p>
      <div className={classes.actions}>
        {writable ? (
          <Button kind="quiet" icon={RotateCw} onPress={() => void client.retry(roomId, messageId)}>
            {t`Erneut senden`}
          </Button>
        ) : null}
        <Button kind="quiet" icon={Trash2} onPress={() => void client.discard(roomId, messageId)}>
          {t`Löschen`}
        </Button>
      </div>
    </div>
  );
}
