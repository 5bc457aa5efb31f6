/** Part of what is loaded at the start: where app and server do not fit, no other file may come. */
import { Trans, useLingui } from "@lingui/react/macro";
import type { Misfit } from "@nimes/client/nimes-client";
import { RefreshCw, ServerCog } from "lucide-react";
import { ReleaseNotice } from "../release/release-notice.tsx";
import { useSentence } from "../texts/use-sentence.ts";
import { Reload, Stopped } from "../ui/stopped.tsx";

/** App and server do not fit: what to do. Goes by itself as soon as they do. */
export function MisfitScreen({ misfit }: { misfit: Misfit }) {
  const { t } = useLingui();
  const sentence = useSentence();
  const isApp = misfit === "app-too-old";
  return (
    <>
      <ReleaseNotice />
      <Stopped
        icon={isApp ? RefreshCw : ServerCog}
        title={isApp ? t`NIMes muss erneuert werden` : t`Der Server muss erneuert werden`}
        action={<Reload>{isApp ? t`Neu laden` : t`Erneut versuchen`}</Reload>}
      >
        {sentence(misfit)} <Trans>Was auf diesem Gerät ist, bleibt.</Trans>
      </Stopped>
    </>
  );
}
