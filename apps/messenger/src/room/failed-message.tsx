import { useLingui } from "@lingui/react/macro";
import type { ErrorCode } from "@nimes/protocol/errors";
import type { MessageId, RoomId } from "@nimes/protocol/ids";
import { CircleAlert, RotateCw, Trash2 } from "lucide-react";
import { useClient } from "../model/context.tsx";
import { useSentence } from "../texts/use-sentence.ts";
import { Button } from "../ui/button.tsx";
import { Icon } from "../ui/icon.tsx";
import classes from "./failed-message.module.css";

/** Why an own message did not go out, and the two things to do about it. */
export function FailedMessage(props: { roomId: RoomId; messageId: MessageId; reason: ErrorCode }) {
  const { t } = useLingui();
  const client = useClient();
  const sentence = useSentence();
  const { roomId, messageId, reason } = props;
  return (
    <div className={classes.failed}>
      <p className={classes.reason}>
        <Icon of={CircleAlert} size={16} />
        <span>
          {t`Nicht gesendet.`} {sentence(reason)}
        </span>
      </p>
      <div className={classes.actions}>
        <Button kind="quiet" icon={RotateCw} onPress={() => void client.retry(roomId, messageId)}>
          {t`Erneut senden`}
        </Button>
        <Button kind="quiet" icon={Trash2} onPress={() => void client.discard(roomId, messageId)}>
          {t`Löschen`}
        </Button>
      </div>
    </div>
  );
}
