import { Trans, useLingui } from "@lingui/react/macro";
import type { ErrorCode } from "@nimes/protocol/errors";
import { useId, useState } from "react";
import { useApp, useMessenger } from "../model/context.tsx";
import { ChoosePin } from "../pin/choose-pin.tsx";
import { PinField } from "../pin/pin-field.tsx";
import { useSentence } from "../texts/use-sentence.ts";
import { Button } from "../ui/button.tsx";
import { Screen } from "../ui/screen.tsx";
import classes from "./settings-screen.module.css";

/** Another PIN; the one so far is asked for, and counts as everywhere. */
export function ChangePinScreen() {
  const { t } = useLingui();
  const { navigation, messenger } = useApp();
  const sentence = useSentence();
  const id = useId();
  const minLength = useMessenger((state) => state.rules?.policy.pinMinLength);
  const [current, setCurrent] = useState("");
  const [busy, setBusy] = useState(false);
  const [done, setDone] = useState(false);
  const [problem, setProblem] = useState<ErrorCode>();
  const change = async (next: string) => {
    setBusy(true);
    setProblem(undefined);
    const changed = await messenger.client.changePin({ current, next });
    setBusy(false);
    if (changed.ok) setDone(true);
    else setProblem(changed.code);
  };
  return (
    <Screen title={t`PIN ändern`} onBack={() => navigation.back()} takesFocus>
      <div className={classes.section}>
        {done ? (
          <>
            <p role="status">
              <Trans>Die neue PIN gilt ab jetzt.</Trans>
            </p>
            <Button kind="main" onPress={() => navigation.back()}>
              {t`Fertig`}
            </Button>
          </>
        ) : minLength === undefined ? null : (
          <ChoosePin
            minLength={minLength}
            isPending={busy}
            isReady={current !== ""}
            action={t`PIN ändern`}
            onChosen={(pin) => void change(pin)}
          >
            <PinField
              id={`${id}-current`}
              label={t`PIN bisher`}
              value={current}
              isDisabled={busy}
              isInvalid={problem === "pin-wrong"}
              describedBy={problem ? `${id}-problem` : undefined}
              onChange={setCurrent}
            />
            {problem ? (
              <p id={`${id}-problem`} role="alert" className={classes.problem}>
                {problem === "pin-wrong"
                  ? t`Die bisherige PIN ist falsch. Auch dieser Versuch zählt: nach zehn falschen werden die Daten gelöscht.`
                  : problem === "no-network"
                    ? t`Kein Netz. Es gilt die bisherige PIN oder die neue; bitte mit Verbindung noch einmal ändern.`
                    : sentence(problem)}
              </p>
            ) : null}
          </ChoosePin>
        )}
      </div>
    </Screen>
  );
}
