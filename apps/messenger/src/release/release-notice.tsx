import { Trans, useLingui } from "@lingui/react/macro";
import { RefreshCw, TriangleAlert } from "lucide-react";
import { detailOf } from "../service-worker/refusal-words.ts";
import { Bar } from "../ui/bar.tsx";
import { useStanding } from "./use-standing.ts";

/** Says that a newer version waits, or that the server delivers one that was refused; nothing when all is well. */
export function ReleaseNotice() {
  const { t } = useLingui();
  const offer = useStanding()?.offer;
  if (!offer || offer.state === "current") return null;
  if (offer.state === "ready")
    return (
      <div role="status">
        <Bar
          kind="calm"
          icon={RefreshCw}
          action={{ name: t`Neu starten`, onPress: () => window.location.reload() }}
        >
          <Trans>Eine neue Fassung von NIMes ist geprüft und wird beim nächsten Start genommen.</Trans>
        </Bar>
      </div>
    );
  const { reason } = offer.refusal;
  // Without network nothing is offered, and what is not offered cannot be wrong.
  if (reason === "unreachable") return null;
  return (
    <div role="status">
      <Bar kind="warn" icon={TriangleAlert}>
        {reason === "no-space" ? (
          <Trans>Für die neue Fassung von NIMes fehlt Platz auf diesem Gerät.</Trans>
        ) : (
          <>
            <Trans>
              Der Server liefert eine Fassung von NIMes, die nicht stimmt. Diese hier ist geprüft und läuft
              weiter. Bitte die IT-Betreuung verständigen:
            </Trans>{" "}
            <code>{detailOf(offer.refusal)}</code>
          </>
        )}
      </Bar>
    </div>
  );
}
