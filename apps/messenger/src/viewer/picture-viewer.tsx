import { useLingui } from "@lingui/react/macro";
import type { ErrorCode } from "@nimes/protocol/errors";
import type { MessageId, RoomId } from "@nimes/protocol/ids";
import { LoaderCircle, RotateCw, X, ZoomIn, ZoomOut } from "lucide-react";
import { useEffect, useState } from "react";
import { Dialog } from "react-aria-components/Dialog";
import { Modal, ModalOverlay } from "react-aria-components/Modal";
import { InsideImage } from "../capsule/inside-image.tsx";
import { PictureWatermark } from "../capsule/watermark.tsx";
import { useClient } from "../model/context.tsx";
import { useSentence } from "../texts/use-sentence.ts";
import { Button, IconButton } from "../ui/button.tsx";
import { Icon } from "../ui/icon.tsx";
import classes from "./picture-viewer.module.css";
import { useZoom } from "./use-zoom.ts";

type Loading = { state: "loading" } | { state: "shown"; file: Blob } | { state: "failed"; code: ErrorCode };

/** The whole picture, over everything. */
export function PictureViewer(props: { roomId: RoomId; messageId: MessageId; onClose: () => void }) {
  const { t } = useLingui();
  const { roomId, messageId, onClose } = props;
  const [tries, setTries] = useState(0);
  const zoom = useZoom();
  return (
    <ModalOverlay isOpen onOpenChange={(open) => !open && onClose()} className={classes.overlay ?? ""}>
      <Modal className={classes.modal ?? ""}>
        <Dialog className={classes.dialog ?? ""} aria-label={t`Foto`}>
          <div className={classes.stage} ref={zoom.stage}>
            <WholePicture
              key={tries}
              roomId={roomId}
              messageId={messageId}
              again={() => setTries(tries + 1)}
            />
            <PictureWatermark />
          </div>
          <div className={classes.bar}>
            <IconButton icon={X} label={t`Schließen`} className={classes.tool} onPress={onClose} />
            <span className={classes.gap} />
            <IconButton
              icon={ZoomOut}
              label={t`Verkleinern`}
              className={classes.tool}
              isDisabled={zoom.scale <= 1}
              onPress={() => zoom.by(1 / 1.6)}
            />
            <IconButton
              icon={ZoomIn}
              label={t`Vergrößern`}
              className={classes.tool}
              onPress={() => zoom.by(1.6)}
            />
          </div>
        </Dialog>
      </Modal>
    </ModalOverlay>
  );
}

function WholePicture(props: { roomId: RoomId; messageId: MessageId; again: () => void }) {
  const { t } = useLingui();
  const sentence = useSentence();
  const loading = usePicture(props.roomId, props.messageId);
  switch (loading.state) {
    case "loading":
      return (
        <p className={classes.words} role="status">
          <Icon of={LoaderCircle} size={28} className={classes.turning} />
          {t`Foto wird geladen …`}
        </p>
      );
    case "failed":
      return (
        <div className={classes.words} role="alert">
          <p>{sentence(loading.code)}</p>
          <Button icon={RotateCw} onPress={props.again}>
            {t`Erneut versuchen`}
          </Button>
        </div>
      );
    case "shown":
      return <InsideImage file={loading.file} alt={t`Foto in voller Größe`} className={classes.image} />;
  }
}

/** Fetches and opens the picture; it lives in memory only, as long as the viewer. */
function usePicture(roomId: RoomId, messageId: MessageId): Loading {
  const client = useClient();
  const [loading, setLoading] = useState<Loading>({ state: "loading" });
  useEffect(() => {
    let wanted = true;
    void client.picture(roomId, messageId).then((picture) => {
      if (!wanted) return;
      if (!picture.ok) {
        setLoading({ state: "failed", code: picture.code });
        return;
      }
      const { bytes, mediaType } = picture.value;
      setLoading({ state: "shown", file: new Blob([new Uint8Array(bytes)], { type: mediaType }) });
    });
    return () => {
      wanted = false;
    };
  }, [client, roomId, messageId]);
  return loading;
}
