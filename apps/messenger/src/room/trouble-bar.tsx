import { Trans } from "@lingui/react/macro";
import type { RoomTrouble } from "@nimes/client/nimes-client";
import { LoaderCircle, TriangleAlert } from "lucide-react";
import { Bar } from "../ui/bar.tsx";

/** Why nothing goes on in a room for the moment, and that nothing is lost by it. Stands there, to be read out, always. */
export function TroubleBar({ trouble }: { trouble: RoomTrouble | undefined }) {
  return <div aria-live="polite">{trouble ? <Words trouble={trouble} /> : null}</div>;
}

function Words({ trouble }: { trouble: RoomTrouble }) {
  switch (trouble) {
    case "coming-back":
      return (
        <Bar kind="calm" icon={LoaderCircle} turning>
          <Trans>
            Dieses Gerät ist gleich wieder dabei. Geschriebenes bleibt hier und geht dann von selbst raus.
          </Trans>
        </Bar>
      );
    case "waiting":
      return (
        <Bar kind="warn" icon={TriangleAlert}>
          <Trans>
            Dieser Chat wartet darauf, dass Leitung oder Moderation ihn neu begründet. Geschriebenes bleibt
            hier und geht dann von selbst raus.
          </Trans>
        </Bar>
      );
    default:
      return trouble satisfies never;
  }
}
