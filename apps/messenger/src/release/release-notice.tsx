import { Trans, useLingui } from "@lingui/react/macro";
import { RefreshCw, TriangleAlert } from "lucide-react";
import { detailOf } from "../service-worker/refusal-words.ts";
import { Button } from "../ui/button.tsx";
import { cx } from "../ui/cx.ts";
import { Icon } from "../ui/icon.tsx";
import classes from "./release-notice.module.css";
import { useStanding } from "./use-standing.ts";

/** Says that a newer version waits, or that the server delivers one that was refused; nothing when all is well. */
export function ReleaseNotice() {
  const { t } = useLingui();
  const offer = useStanding()?.offer;
  if (!offer || offer.state === "current") return null;
  if (offer.state === "ready")
    return (
      <div className={cx(classes.bar, classes.calm)} role="status">
        <Icon of={RefreshCw} size={18} />
        <span>
          <Trans>Eine neue Fassung von NIMes ist geprüft und wird beim nächsten Start genommen.</Trans>
        </span>
        <Button kind="quiet" className={classes.action} onPress={() => window.location.reload()}>
          {t`Neu starten`}
        </Button>
      </div>
    );
  const { reason } = offer.refusal;
  // Without network nothing is offered, and what is not offered cannot be wrong.
  if (reason === "unreachable") return null;
  return (
    <div className={cx(classes.bar, classes.warn)} role="status">
      <Icon of={TriangleAlert} size={18} />
      {reason === "no-space" ? (
        <span>
          <Trans>Für die neue Fassung von NIMes fehlt Platz auf diesem Gerät.</Trans>
        </span>
      ) : (
        <span>
          <Trans>
            Der Server liefert eine Fassung von NIMes, die nicht stimmt. Diese hier ist geprüft und läuft
            weiter. Bitte die IT-Betreuung verständigen:
          </Trans>{" "}
          <code>{detailOf(offer.refusal)}</code>
        </span>
      )}
    </div>
  );
}
