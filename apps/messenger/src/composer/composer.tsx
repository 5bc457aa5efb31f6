import { Trans, useLingui } from "@lingui/react/macro";
import type { RoomDetail } from "@nimes/client/nimes-client";
import type { ErrorCode } from "@nimes/protocol/errors";
import { limits } from "@nimes/protocol/limits";
import { isBlank } from "@nimes/protocol/names";
import { ArrowRight, Plus } from "lucide-react";
import type { ClipboardEvent, KeyboardEvent } from "react";
import { useEffect, useMemo, useRef, useState } from "react";
import { FileTrigger } from "react-aria-components/FileTrigger";
import { privateField } from "../capsule/private-field.ts";
import { useClient } from "../model/context.tsx";
import { useDesk, useWide } from "../model/use-media.ts";
import { plainName } from "../texts/names.ts";
import { useSentence } from "../texts/use-sentence.ts";
import { IconButton } from "../ui/button.tsx";
import classes from "./composer.module.css";
import { createDraftKeeper } from "./draft.ts";
import { useOffering } from "./offering.tsx";
import { acceptedTypes, pastedFiles } from "./pictures.ts";
import { useAutoGrow } from "./use-auto-grow.ts";

/** More than this no field takes: twice what can be sent, so that what is a little too long can be shortened in its place. */
const mostCharacters = 2 * limits.maxTextBytes;

/** Where messages are written. Says why when nothing can be written. */
export function Composer({ room, onSent }: { room: RoomDetail; onSent: () => void }) {
  if (!room.present)
    return (
      <p className={classes.closed}>
        <Trans>Dieses Gerät ist nicht mehr in diesem Chat. Lesen geht weiter, schreiben nicht.</Trans>
      </p>
    );
  if (!room.writable)
    return (
      <p className={classes.closed}>
        {room.kind === "channel" ? (
          <Trans>Hier schreiben nur Leitung, Moderation und wer von ihnen dafür freigegeben ist.</Trans>
        ) : (
          <Trans>Hier nur lesen: so haben es Leitung oder Moderation eingestellt.</Trans>
        )}
      </p>
    );
  return <OpenComposer room={room} onSent={onSent} />;
}

function OpenComposer({ room, onSent }: { room: RoomDetail; onSent: () => void }) {
  const { t } = useLingui();
  const client = useClient();
  const sentence = useSentence();
  const offer = useOffering();
  const desk = useDesk();
  const wide = useWide();
  const [text, setText] = useState(room.draft);
  const [problem, setProblem] = useState<ErrorCode>();
  const field = useRef<HTMLTextAreaElement>(null);
  const drafts = useMemo(() => createDraftKeeper(client, room.roomId), [client, room.roomId]);
  useAutoGrow(field, text);

  useEffect(() => {
    const leave = () => drafts.flush();
    window.addEventListener("pagehide", leave);
    document.addEventListener("visibilitychange", leave);
    return () => {
      window.removeEventListener("pagehide", leave);
      document.removeEventListener("visibilitychange", leave);
      leave();
    };
  }, [drafts]);

  // With a keyboard one types at once; on a phone the keyboard would cover what one came to read.
  useEffect(() => {
    if (desk && wide) field.current?.focus({ preventScroll: true });
  }, [desk, wide]);

  const write = (next: string) => {
    if (next.length > mostCharacters) return setProblem("too-large");
    setText(next);
    setProblem(undefined);
    drafts.change(next);
  };

  const send = async () => {
    const words = text.trim();
    if (isBlank(words)) return;
    if (new TextEncoder().encode(words).byteLength > limits.maxTextBytes) {
      setProblem("too-large");
      return;
    }
    write("");
    drafts.flush();
    onSent();
    const sent = await client.sendText(room.roomId, words);
    if (sent.ok) return;
    setProblem(sent.code);
    // Nothing that was typed is lost, not even when more has been typed since.
    setText((since) => (since === "" ? words : `${words}\n${since}`));
  };

  const onKeyDown = (event: KeyboardEvent) => {
    const plainEnter = event.key === "Enter" && !event.shiftKey && !event.nativeEvent.isComposing;
    if (!plainEnter || !desk) return;
    event.preventDefault();
    void send();
  };

  const onPaste = (event: ClipboardEvent) => {
    // Put into the field, it would stand still for seconds.
    if (event.clipboardData.getData("text/plain").length > mostCharacters) {
      event.preventDefault();
      return setProblem("too-large");
    }
    const files = pastedFiles(event.clipboardData);
    if (files.length === 0) return;
    event.preventDefault();
    offer(files);
  };

  return (
    <div className={classes.composer}>
      {problem ? (
        <p className={classes.problem} role="alert">
          {sentence(problem)}
        </p>
      ) : null}
      <form
        className={classes.row}
        onSubmit={(event) => {
          event.preventDefault();
          void send();
        }}
      >
        <FileTrigger
          acceptedFileTypes={acceptedTypes}
          allowsMultiple
          onSelect={(files) => offer([...(files ?? [])])}
        >
          <IconButton icon={Plus} label={t`Foto anhängen`} />
        </FileTrigger>
        <textarea
          {...privateField}
          ref={field}
          rows={1}
          value={text}
          className={classes.field}
          aria-label={t`Nachricht an ${plainName(room.name)}`}
          placeholder={t`Nachricht`}
          dir="auto"
          enterKeyHint={desk ? "send" : "enter"}
          onChange={(event) => write(event.target.value)}
          onKeyDown={onKeyDown}
          onPaste={onPaste}
        />
        <IconButton
          icon={ArrowRight}
          kind="round"
          label={t`Senden`}
          isDisabled={isBlank(text)}
          onPress={() => {
            void send();
            field.current?.focus();
          }}
        />
      </form>
    </div>
  );
}
