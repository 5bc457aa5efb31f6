/** The closed capsule: a PIN or a passkey opens it, and it says what is left. Nothing of the content is here. */
import { Trans, useLingui } from "@lingui/react/macro";
import type { Lock } from "@nimes/client/nimes-client";
import type { ErrorCode } from "@nimes/protocol/errors";
import { Bell, Fingerprint } from "lucide-react";
import { useEffect, useId, useRef, useState } from "react";
import { useApp } from "../model/context.tsx";
import { usePasskeys } from "../passkey/use-passkeys.ts";
import { PinField } from "../pin/pin-field.tsx";
import { plainName } from "../texts/names.ts";
import { Button } from "../ui/button.tsx";
import { Card, CardTitle } from "../ui/card.tsx";
import { Icon } from "../ui/icon.tsx";
import { LanguageSwitch } from "../ui/language-switch.tsx";
import { useCountdown } from "./countdown.ts";
import { LockHints, PasskeyHint } from "./lock-hints.tsx";
import classes from "./lock-screen.module.css";
import { OrderedLock } from "./ordered-lock.tsx";
import { Problem } from "./problem.tsx";
import { Tries } from "./tries.tsx";

export function LockScreen({ lock }: { lock: Lock }) {
  return (
    <Card>
      <CardTitle>
        <Trans>NIMes ist gesperrt</Trans>
      </CardTitle>
      <p className={classes.name}>
        <bdi>{plainName(lock.displayName)}</bdi>
      </p>
      {lock.order ? <OrderedLock reason={lock.order.reason} /> : <Opening lock={lock} />}
      <PasskeyHint lock={lock} />
      <LanguageSwitch />
    </Card>
  );
}

/** What says nothing about the PIN that was typed. */
const unheard: ReadonlySet<ErrorCode> = new Set(["no-network", "internal", "unavailable", "too-many"]);

type Busy = "pin" | "passkey" | undefined;

function Opening({ lock }: { lock: Lock }) {
  const { t } = useLingui();
  const { messenger } = useApp();
  const passkeys = usePasskeys();
  const id = useId();
  const [pin, setPin] = useState("");
  const [busy, setBusy] = useState<Busy>();
  const [problem, setProblem] = useState<ErrorCode>();
  const field = useRef<HTMLInputElement>(null);
  const waitSeconds = useCountdown(lock.waitUntil);
  const waits = waitSeconds > 0;
  useEffect(() => {
    if (!waits) field.current?.focus();
  }, [waits]);

  const attempt = async (by: NonNullable<Busy>) => {
    setBusy(by);
    setProblem(undefined);
    // Opened, this screen is replaced; what is typed is not kept any longer than needed.
    const opened = by === "pin" ? await messenger.client.open(pin) : await passkeys.open();
    if (opened.ok) return;
    await messenger.refresh();
    setBusy(undefined);
    if (opened.code === "cancelled") return;
    setProblem(opened.code);
    // Nobody has looked at it: it is not typed once more.
    if (!unheard.has(opened.code)) setPin("");
    field.current?.focus();
  };

  return (
    <>
      {lock.waiting ? (
        <p className={classes.waiting} role="status">
          <Icon of={Bell} size={18} />
          <Trans>Neues ist da.</Trans>
        </p>
      ) : null}
      <form
        className={classes.form}
        onSubmit={(event) => {
          event.preventDefault();
          if (pin !== "" && !waits && busy === undefined) void attempt("pin");
        }}
      >
        <PinField
          id={`${id}-pin`}
          field={field}
          label={t`PIN`}
          value={pin}
          isDisabled={waits || busy !== undefined}
          isInvalid={problem === "pin-wrong"}
          describedBy={`${id}-tries`}
          onChange={setPin}
        />
        {problem ? <Problem code={problem} offlineUntil={lock.offlineUntil} /> : null}
        <Button kind="main" type="submit" isDisabled={pin === "" || waits} isPending={busy === "pin"}>
          {busy === "pin" ? t`Wird geöffnet …` : t`Öffnen`}
        </Button>
        {lock.passkey ? (
          <Button
            icon={Fingerprint}
            isDisabled={busy === "pin"}
            isPending={busy === "passkey"}
            onPress={() => void attempt("passkey")}
          >
            {t`Mit Passkey öffnen`}
          </Button>
        ) : null}
      </form>
      <Tries id={`${id}-tries`} triesLeft={lock.triesLeft} waitSeconds={waitSeconds} />
      <LockHints lock={lock} />
    </>
  );
}
