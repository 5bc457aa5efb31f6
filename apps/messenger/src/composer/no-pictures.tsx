import { Trans, useLingui } from "@lingui/react/macro";
import { Button } from "../ui/button.tsx";
import { Dialog } from "../ui/dialog.tsx";

/** The rules of this device allow no pictures. */
export function NoPictures({ onClose }: { onClose: () => void }) {
  const { t } = useLingui();
  return (
    <Dialog
      title={t`Fotos sind hier nicht erlaubt`}
      onClose={onClose}
      actions={<Button kind="main" autoFocus onPress={onClose}>{t`Verstanden`}</Button>}
    >
      <Trans>Die Regeln der Organisation lassen auf diesem Gerät keine Fotos zu. Text geht weiterhin.</Trans>
    </Dialog>
  );
}
