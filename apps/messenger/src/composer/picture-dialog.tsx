import { plural } from "@lingui/core/macro";
import { Trans, useLingui } from "@lingui/react/macro";
import type { ErrorCode } from "@nimes/protocol/errors";
import type { RoomId } from "@nimes/protocol/ids";
import { SendHorizontal, Trash2 } from "lucide-react";
import { useState } from "react";
import { InsideImage } from "../capsule/inside-image.tsx";
import { privateField } from "../capsule/private-field.ts";
import { useClient } from "../model/context.tsx";
import { useSentence } from "../texts/use-sentence.ts";
import { Button, IconButton } from "../ui/button.tsx";
import { Dialog } from "../ui/dialog.tsx";
import classes from "./picture-dialog.module.css";

/** Longest caption of the content format, in characters. */
const maxCaption = 2000;

/** Shows pictures before they are sent, each with a caption. */
export function PictureDialog(props: { roomId: RoomId; files: readonly File[]; onClose: () => void }) {
  const { t } = useLingui();
  const { roomId, onClose } = props;
  const client = useClient();
  const sentence = useSentence();
  const [files, setFiles] = useState(props.files);
  const [captions, setCaptions] = useState<ReadonlyMap<File, string>>(new Map());
  const [problem, setProblem] = useState<ErrorCode>();
  const [sending, setSending] = useState(false);

  const remove = (file: File) => {
    const rest = files.filter((other) => other !== file);
    setFiles(rest);
    if (rest.length === 0) onClose();
  };

  const send = async () => {
    setSending(true);
    setProblem(undefined);
    for (const file of files) {
      const sent = await client.sendPicture(roomId, { file, caption: captions.get(file)?.trim() ?? "" });
      if (!sent.ok) {
        setProblem(sent.code);
        setSending(false);
        return;
      }
      setFiles((left) => left.filter((other) => other !== file));
    }
    onClose();
  };

  return (
    <Dialog
      title={t`${plural(files.length, { one: "Foto senden", other: "# Fotos senden" })}`}
      onClose={onClose}
      actions={
        <>
          <Button kind="quiet" onPress={onClose}>{t`Abbrechen`}</Button>
          <Button kind="main" icon={SendHorizontal} isPending={sending} onPress={() => void send()}>
            {t`Senden`}
          </Button>
        </>
      }
    >
      {problem ? (
        <p className={classes.problem} role="alert">
          {sentence(problem)}
        </p>
      ) : null}
      <ul className={classes.list}>
        {files.map((file, index) => (
          <li key={`${file.name}-${file.lastModified}-${file.size}`} className={classes.item}>
            <Preview file={file} />
            {files.length > 1 ? (
              <IconButton
                icon={Trash2}
                label={t`Foto ${index + 1} weglassen`}
                className={classes.remove}
                onPress={() => remove(file)}
              />
            ) : null}
            <textarea
              {...privateField}
              className={classes.caption}
              rows={2}
              maxLength={maxCaption}
              aria-label={t`Bildunterschrift`}
              placeholder={t`Bildunterschrift`}
              value={captions.get(file) ?? ""}
              onChange={(event) => setCaptions(new Map(captions).set(file, event.target.value))}
            />
          </li>
        ))}
      </ul>
      <p className={classes.note}>
        <Trans>Ort, Zeit und Gerät der Aufnahme werden vor dem Senden entfernt.</Trans>
      </p>
    </Dialog>
  );
}

function Preview({ file }: { file: File }) {
  const [unreadable, setUnreadable] = useState(false);
  if (unreadable)
    return (
      <p className={classes.unreadable}>
        <Trans>Für dieses Foto gibt es hier keine Vorschau.</Trans>
      </p>
    );
  return (
    <InsideImage file={file} alt="" className={classes.preview} onUnreadable={() => setUnreadable(true)} />
  );
}
