import { plural } from "@lingui/core/macro";
import { Trans, useLingui } from "@lingui/react/macro";
import { SendHorizontal, Trash2 } from "lucide-react";
import { useState } from "react";
import { useStore } from "zustand";
import { InsideImage } from "../capsule/inside-image.tsx";
import { privateField } from "../capsule/private-field.ts";
import { plainName } from "../texts/names.ts";
import { useSentence } from "../texts/use-sentence.ts";
import { Button, IconButton } from "../ui/button.tsx";
import { Dialog } from "../ui/dialog.tsx";
import type { Offered, OfferedPicture } from "./offered.ts";
import classes from "./picture-dialog.module.css";

/** Longest caption of the content format, in characters. */
const maxCaption = 2000;

/** Shows pictures before they are sent, each with a caption, and says which files are none. */
export function PictureDialog({ offered }: { offered: Offered }) {
  const { t } = useLingui();
  const sentence = useSentence();
  const { pictures, refused, sending, problem } = useStore(offered.store);
  if (pictures.length === 0)
    return (
      <Dialog
        title={t`Das lässt sich nicht senden`}
        onClose={offered.cancel}
        actions={<Button kind="main" autoFocus onPress={offered.cancel}>{t`Verstanden`}</Button>}
      >
        <Refused names={refused} />
      </Dialog>
    );
  return (
    <Dialog
      title={t`${plural(pictures.length, { one: "Foto senden", other: "# Fotos senden" })}`}
      holds
      onClose={offered.cancel}
      actions={
        <>
          <Button kind="quiet" onPress={offered.cancel}>{t`Abbrechen`}</Button>
          <Button
            kind="main"
            icon={SendHorizontal}
            isPending={sending}
            onPress={() => void offered.send()}
          >{t`Senden`}</Button>
        </>
      }
    >
      {problem ? (
        <p className={classes.problem} role="alert">
          {sentence(problem)}
        </p>
      ) : null}
      {refused.length > 0 ? (
        <div className={classes.problem} role="alert">
          <Refused names={refused} />
        </div>
      ) : null}
      <ul className={classes.list}>
        {pictures.map((picture, index) => (
          <li key={picture.id} className={classes.item}>
            <Preview picture={picture} />
            {pictures.length > 1 ? (
              <IconButton
                icon={Trash2}
                label={t`Foto ${index + 1} weglassen`}
                className={classes.remove}
                onPress={() => offered.leaveOut(picture.id)}
              />
            ) : null}
            <textarea
              {...privateField}
              className={classes.caption}
              rows={2}
              maxLength={maxCaption}
              aria-label={t`Bildunterschrift`}
              placeholder={t`Bildunterschrift`}
              value={picture.caption}
              onChange={(event) => offered.setCaption(picture.id, event.target.value)}
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

function Refused({ names }: { names: readonly string[] }) {
  return (
    <>
      <Trans>Nur Fotos als JPEG, PNG oder WebP lassen sich senden. Weggelassen:</Trans>{" "}
      <bdi>{names.map(plainName).join(", ")}</bdi>
    </>
  );
}

function Preview({ picture }: { picture: OfferedPicture }) {
  const [unreadable, setUnreadable] = useState(false);
  if (unreadable)
    return (
      <p className={classes.unreadable}>
        <Trans>Für dieses Foto gibt es hier keine Vorschau.</Trans>
      </p>
    );
  return (
    <InsideImage
      file={picture.file}
      alt=""
      className={classes.preview}
      onUnreadable={() => setUnreadable(true)}
    />
  );
}
