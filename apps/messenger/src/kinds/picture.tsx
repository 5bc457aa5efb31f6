import { Trans, useLingui } from "@lingui/react/macro";
import type { MessageItem } from "@nimes/client/nimes-client";
import { Image, X } from "lucide-react";
import { InsideImage } from "../capsule/inside-image.tsx";
import { useApp, useClient, useMessenger } from "../model/context.tsx";
import type { Timeline } from "../room/timeline.ts";
import { previewText } from "../texts/names.ts";
import { Icon } from "../ui/icon.tsx";
import { Pressable } from "../ui/pressable.tsx";
import { Ring } from "../ui/ring.tsx";
import type { RowLook, ShownOf } from "./look.ts";
import classes from "./picture.module.css";
import { frameOf } from "./picture-frame.ts";
import { Words } from "./words.tsx";

type Shown = ShownOf<"picture">;

export const picture: RowLook<"picture"> = {
  Draw: ({ body, item, timeline, meta }) => (
    <>
      <Picture timeline={timeline} item={item} body={body} />
      <Words text={body.caption} meta={meta} onPicture={body.caption === ""} />
    </>
  ),
  Preview: ({ preview }) => (
    <>
      <Icon of={Image} size={15} className={classes.inline} />{" "}
      {preview.caption === "" ? <Trans>Foto</Trans> : previewText(preview.caption)}
    </>
  ),
  Announcement: ({ body }) => <Trans>Foto {previewText(body.caption)}</Trans>,
  fills: true,
};

/** The thumbnail that came with the message; a tap opens the whole picture. */
function Picture(props: { timeline: Timeline; item: MessageItem; body: Shown }) {
  const { timeline, item, body } = props;
  const { t } = useLingui();
  const { navigation } = useApp();
  const frame = frameOf(body);
  const sending = item.delivery?.state === "uploading" || item.delivery?.state === "waiting";
  return (
    <div className={classes.picture} style={{ width: `${frame.width / 15}rem`, aspectRatio: frame.ratio }}>
      <Pressable
        className={classes.open}
        aria-label={body.caption === "" ? t`Foto öffnen` : t`Foto öffnen: ${body.caption}`}
        onPress={() => navigation.open({ at: "picture", roomId: timeline.roomId, messageId: item.messageId })}
      >
        <InsideImage
          file={timeline.thumbnail(item.messageId, body.thumbnail, body.thumbnailType)}
          alt=""
          className={classes.image}
        />
      </Pressable>
      {sending ? <Sending timeline={timeline} item={item} /> : null}
    </div>
  );
}

/** How much has been uploaded, and a way to stop it. */
function Sending({ timeline, item }: { timeline: Timeline; item: MessageItem }) {
  const { t } = useLingui();
  const client = useClient();
  const live = useMessenger((state) => state.uploads.get(item.messageId));
  const stored = item.delivery?.state === "uploading" ? item.delivery : undefined;
  const progress = live ?? stored;
  const share = progress && progress.total > 0 ? progress.sent / progress.total : 0;
  return (
    <div className={classes.sending}>
      <Ring label={t`Wird hochgeladen`} share={share} />
      <Pressable
        className={classes.cancel}
        aria-label={t`Hochladen abbrechen`}
        onPress={() => void client.discard(timeline.roomId, item.messageId)}
      >
        <Icon of={X} size={20} />
      </Pressable>
    </div>
  );
}
