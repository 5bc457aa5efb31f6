import { Trans, useLingui } from "@lingui/react/macro";
import type { ErrorCode } from "@nimes/protocol/errors";
import { useId, useState } from "react";
import { PasskeyProblem } from "../passkey/passkey-problem.tsx";
import { usePasskeys } from "../passkey/use-passkeys.ts";
import { PinField } from "../pin/pin-field.tsx";
import { Button } from "../ui/button.tsx";
import classes from "./settings-screen.module.css";

/**
 * Sets a passkey up. Whoever finds a phone open does not know its PIN, so it is asked for.
 * @param props.justEntered the PIN was entered a moment ago: it is asked for again only when that was too long ago.
 */
export function AddPasskey({ justEntered = false }: { justEntered?: boolean }) {
  const { t } = useLingui();
  const passkeys = usePasskeys();
  const id = useId();
  const [asking, setAsking] = useState(false);
  const [pin, setPin] = useState("");
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<ErrorCode>();
  const add = async (by?: string) => {
    setBusy(true);
    setProblem(undefined);
    const added = await passkeys.add(by);
    setBusy(false);
    setPin("");
    if (added.ok || added.code === "cancelled") return setAsking(false);
    if (added.code === "pin-required" && !asking) return setAsking(true);
    setProblem(added.code);
  };
  const said = problem ? <PasskeyProblem code={problem} className={classes.problem} /> : null;
  if (!asking)
    return (
      <>
        <Button isPending={busy} onPress={() => (justEntered ? void add() : setAsking(true))}>
          {t`Passkey einrichten`}
        </Button>
        {said}
      </>
    );
  return (
    <form
      className={classes.setting}
      onSubmit={(event) => {
        event.preventDefault();
        if (pin !== "" && !busy) void add(pin);
      }}
    >
      <p id={`${id}-why`} className={classes.muted}>
        <Trans>Zum Einrichten bitte die PIN eingeben.</Trans>
      </p>
      <PinField
        id={`${id}-pin`}
        label={t`PIN`}
        value={pin}
        isDisabled={busy}
        isInvalid={problem === "pin-wrong"}
        describedBy={`${id}-why`}
        onChange={setPin}
      />
      {said}
      <Button kind="main" type="submit" isDisabled={pin === ""} isPending={busy}>
        {t`Passkey einrichten`}
      </Button>
      <Button kind="quiet" isDisabled={busy} onPress={() => setAsking(false)}>
        {t`Abbrechen`}
      </Button>
    </form>
  );
}
