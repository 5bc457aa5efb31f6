import { Trans, useLingui } from "@lingui/react/macro";
import type { PasskeyNotice } from "@nimes/client/opening/passkey-notices";
import { Fingerprint } from "lucide-react";
import { useApp, useMessenger, useSettings } from "../model/context.tsx";
import { fullTime } from "../texts/times.ts";
import { Bar } from "../ui/bar.tsx";

/** That a passkey was added, and what to do for whom that is news. */
export function PasskeyNoticeWords({ notice }: { notice: PasskeyNotice }) {
  const { language } = useSettings();
  const when = fullTime(notice.learntAt, language);
  return notice.thisDevice ? (
    <Trans>
      Für dieses Gerät wurde ein Passkey eingerichtet ({when}). Unbekannt? Dann mit der PIN öffnen, in den
      Einstellungen den Passkey entfernen, die PIN ändern und die Registrierungsstelle verständigen.
    </Trans>
  ) : (
    <Trans>
      Für ein anderes eigenes Gerät wurde ein Passkey eingerichtet ({when}). Unbekannt? Dann bitte die
      Registrierungsstelle verständigen.
    </Trans>
  );
}

/** In the opened app, until somebody says that they know. */
export function PasskeyBar() {
  const { t } = useLingui();
  const { messenger } = useApp();
  const notice = useMessenger((state) => state.rules?.passkeyAdded);
  if (!notice) return null;
  const confirm = async () => {
    await messenger.client.confirmPasskeyNotice();
    await messenger.refresh();
  };
  return (
    <div role="status">
      <Bar kind="warn" icon={Fingerprint} action={{ name: t`Verstanden`, onPress: () => void confirm() }}>
        <PasskeyNoticeWords notice={notice} />
      </Bar>
    </div>
  );
}
