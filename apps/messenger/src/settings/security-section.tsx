import { Trans, useLingui } from "@lingui/react/macro";
import type { ErrorCode } from "@nimes/protocol/errors";
import { LockKeyhole } from "lucide-react";
import { useState } from "react";
import { useApp, useMessenger } from "../model/context.tsx";
import { PasskeyProblem } from "../passkey/passkey-problem.tsx";
import { useCanHavePasskey, usePasskeys } from "../passkey/use-passkeys.ts";
import { Button } from "../ui/button.tsx";
import { Confirm } from "../ui/dialog.tsx";
import { AddPasskey } from "./add-passkey.tsx";
import { LinkRow } from "./link-row.tsx";
import classes from "./settings-screen.module.css";

/** Everything about opening and closing the capsule. */
export function SecuritySection() {
  const { t } = useLingui();
  const { navigation, messenger } = useApp();
  return (
    <>
      <div className={classes.section}>
        <h2 className={classes.heading}>
          <Trans>Sicherheit</Trans>
        </h2>
        <Button icon={LockKeyhole} onPress={() => void messenger.lock()}>
          {t`Jetzt sperren`}
        </Button>
        <PasskeySetting />
      </div>
      <ul className={classes.links}>
        <LinkRow onPress={() => navigation.open({ at: "change-pin" })}>
          <Trans>PIN ändern</Trans>
        </LinkRow>
        <LinkRow onPress={() => navigation.open({ at: "rules" })}>
          <Trans>Regeln für dieses Gerät</Trans>
        </LinkRow>
        <LinkRow onPress={() => navigation.open({ at: "agreement" })}>
          <Trans>Nutzungsvereinbarung</Trans>
        </LinkRow>
      </ul>
    </>
  );
}

function PasskeySetting() {
  const { t } = useLingui();
  const passkeys = usePasskeys();
  const can = useCanHavePasskey();
  const has = useMessenger((state) => state.rules?.passkey ?? false);
  const [busy, setBusy] = useState(false);
  const [removing, setRemoving] = useState(false);
  const [problem, setProblem] = useState<ErrorCode>();
  const remove = async () => {
    setBusy(true);
    setProblem(undefined);
    const done = await passkeys.remove();
    setBusy(false);
    setRemoving(false);
    if (!done.ok && done.code !== "cancelled") setProblem(done.code);
  };
  const words = () => {
    if (has) return t`Ein Passkey öffnet NIMes mit Finger, Gesicht oder dem Code des Geräts.`;
    if (can === false) return t`Dieser Browser kann hier keinen Passkey anlegen.`;
    return t`Ein Passkey spart das Tippen der PIN. Die PIN gilt weiter.`;
  };
  return (
    <div className={classes.setting}>
      <p className={classes.settingName}>
        <Trans>Passkey</Trans>
      </p>
      <p className={classes.muted}>{words()}</p>
      {has ? (
        <Button isPending={busy} onPress={() => setRemoving(true)}>
          {t`Passkey entfernen`}
        </Button>
      ) : can ? (
        <AddPasskey />
      ) : null}
      {problem ? <PasskeyProblem code={problem} className={classes.problem} /> : null}
      {removing ? (
        <Confirm
          title={t`Passkey entfernen?`}
          action={t`Passkey entfernen`}
          isPending={busy}
          onConfirm={() => void remove()}
          onClose={() => setRemoving(false)}
        >
          <Trans>Danach öffnet nur noch die PIN.</Trans>
        </Confirm>
      ) : null}
    </div>
  );
}
