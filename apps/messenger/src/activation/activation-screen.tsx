/** From the letter to the first chat: what this is, the code, who it is for, the agreement, the PIN, and the keys. */
import { useLingui } from "@lingui/react/macro";
import type { ActivationPreview, Agreement } from "@nimes/client/nimes-client";
import type { ErrorCode } from "@nimes/protocol/errors";
import { refuse } from "@nimes/protocol/result";
import { lazy, Suspense, useEffect, useEffectEvent, useState } from "react";
import { Consent } from "../agreement/consent.tsx";
import { useClient } from "../model/context.tsx";
import { askForLastingStorage } from "../model/lasting-storage.ts";
import { isOfThisApp } from "../release/is-of-this-app.ts";
import { Card } from "../ui/card.tsx";
import { LanguageSwitch } from "../ui/language-switch.tsx";
import classes from "./activation-screen.module.css";
import { FailedStep } from "./failed-step.tsx";
import { PinStep } from "./pin-step.tsx";
import { PreviewStep } from "./preview-step.tsx";
import { PrivateWindowStep } from "./private-window-step.tsx";
import { WelcomeStep } from "./welcome-step.tsx";

/** The letter under way, as it was scanned, typed or opened, with what is known of it. */
type Letter = { letter: string; preview: ActivationPreview };

type Step =
  | { step: "welcome"; isTyping: boolean }
  | { step: "scan" }
  | { step: "checking"; letter: string }
  | ({ step: "preview"; busy: boolean } & Letter)
  | ({ step: "private-window" } & Letter)
  | ({ step: "agreement"; agreement: Agreement } & Letter)
  | ({ step: "pin"; agreementVersion: number; busy: boolean; problem?: ErrorCode } & Letter)
  | { step: "failed"; letter: string; code: ErrorCode };

// With the decoder: whoever types needs neither.
const ScanStep = lazy(async () => ({ default: (await import("./scan/scan-step.tsx")).ScanStep }));

/**
 * @param props.link from the address bar, when the page was opened with the letter's link.
 * @param props.onActivate called when the device is being activated; when that is done, this screen is replaced.
 */
export function ActivationScreen(props: { link: string | undefined; onActivate: () => void }) {
  const { t } = useLingui();
  const client = useClient();
  const [step, setStep] = useState<Step>({ step: "welcome", isTyping: false });

  const check = async (letter: string) => {
    setStep({ step: "checking", letter });
    const preview = (await isOfThisApp(letter))
      ? await client.previewActivation(letter)
      : refuse("activation-foreign");
    setStep(
      preview.ok
        ? { step: "preview", letter, preview: preview.value, busy: false }
        : { step: "failed", letter, code: preview.code },
    );
  };

  const askWindow = async ({ letter, preview }: Letter) => {
    setStep({ step: "preview", letter, preview, busy: true });
    // Refused in every private window, and in some normal ones; Firefox asks whoever sits before it.
    if (await askForLastingStorage()) await askConsent({ letter, preview });
    else setStep({ step: "private-window", letter, preview });
  };

  const askConsent = async ({ letter, preview }: Letter) => {
    const agreement = await client.agreementFor(letter);
    if (!agreement.ok) setStep({ step: "failed", letter, code: agreement.code });
    else if (agreement.value) setStep({ step: "agreement", letter, preview, agreement: agreement.value });
    else setStep({ step: "pin", letter, preview, agreementVersion: 0, busy: false });
  };

  const activate = async (agreed: Letter & { agreementVersion: number }, pin: string) => {
    const { letter, preview, agreementVersion } = agreed;
    setStep({ step: "pin", letter, preview, agreementVersion, busy: true });
    props.onActivate();
    const activated = await client.activate(letter, { pin, agreementVersion });
    // Open, this screen is replaced.
    if (activated.ok) return;
    // A newer agreement was published while this one was read.
    if (activated.code === "agreement-required") await askConsent(agreed);
    else if (activated.code === "pin-unsuitable")
      setStep({ step: "pin", letter, preview, agreementVersion, busy: false, problem: activated.code });
    else setStep({ step: "failed", letter, code: activated.code });
  };

  const begin = useEffectEvent(() => {
    if (props.link !== undefined) void check(props.link);
  });
  useEffect(() => begin(), []);
  const startOver = () => setStep({ step: "welcome", isTyping: false });

  const content = () => {
    switch (step.step) {
      case "welcome":
        return (
          <WelcomeStep
            isTyping={step.isTyping}
            onScan={() => setStep({ step: "scan" })}
            onLetter={(letter) => void check(letter)}
          />
        );
      case "scan":
        return (
          <Suspense>
            <ScanStep
              onLetter={(letter) => void check(letter)}
              onLeave={() => setStep({ step: "welcome", isTyping: true })}
            />
          </Suspense>
        );
      case "checking":
        return <p role="status" className={classes.busy}>{t`Der Brief wird geprüft …`}</p>;
      case "preview":
        return (
          <PreviewStep
            preview={step.preview}
            byLink={step.letter === props.link}
            busy={step.busy}
            onConfirm={() => void askWindow(step)}
            onLeave={startOver}
          />
        );
      case "private-window":
        return <PrivateWindowStep onGoOn={() => void askConsent(step)} onLeave={startOver} />;
      case "agreement":
        return (
          <Consent
            agreement={step.agreement}
            onAccept={() =>
              setStep({
                step: "pin",
                letter: step.letter,
                preview: step.preview,
                agreementVersion: step.agreement.version,
                busy: false,
              })
            }
          />
        );
      case "pin":
        return (
          <PinStep
            minLength={step.preview.pinMinLength}
            busy={step.busy}
            problem={step.problem}
            onChosen={(pin) => void activate(step, pin)}
          />
        );
      case "failed":
        return <FailedStep code={step.code} onAgain={() => void check(step.letter)} onOther={startOver} />;
    }
  };

  return (
    <Card>
      {content()}
      <LanguageSwitch />
    </Card>
  );
}
