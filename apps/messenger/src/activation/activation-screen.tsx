/** From the letter to the first chat: what this is, the link, who it is for, the agreement, the PIN, and the keys. */
import { useLingui } from "@lingui/react/macro";
import type { ActivationPreview, Agreement } from "@nimes/client/nimes-client";
import type { ErrorCode } from "@nimes/protocol/errors";
import { useEffect, useEffectEvent, useState } from "react";
import { Consent } from "../agreement/consent.tsx";
import { useClient } from "../model/context.tsx";
import { Card } from "../ui/card.tsx";
import { LanguageSwitch } from "../ui/language-switch.tsx";
import classes from "./activation-screen.module.css";
import { FailedStep } from "./failed-step.tsx";
import { PinStep } from "./pin-step.tsx";
import { PreviewStep } from "./preview-step.tsx";
import { PrivateWindowStep } from "./private-window-step.tsx";
import { WelcomeStep } from "./welcome-step.tsx";

/** The letter under way, with what is known of it. */
type Letter = { link: string; preview: ActivationPreview };

type Step =
  | { step: "welcome" }
  | { step: "checking"; link: string }
  | ({ step: "preview"; busy: boolean } & Letter)
  | ({ step: "private-window" } & Letter)
  | ({ step: "agreement"; agreement: Agreement } & Letter)
  | ({ step: "pin"; agreementVersion: number; busy: boolean; problem?: ErrorCode } & Letter)
  | { step: "failed"; link: string; code: ErrorCode };

/**
 * @param props.link from the address bar, when the page was opened with the letter's link.
 * @param props.onActivate called when the device is being activated; when that is done, this screen is replaced.
 */
export function ActivationScreen(props: { link: string | undefined; onActivate: () => void }) {
  const { t } = useLingui();
  const client = useClient();
  const [step, setStep] = useState<Step>({ step: "welcome" });

  const check = async (link: string) => {
    setStep({ step: "checking", link });
    const preview = await client.previewActivation(link);
    setStep(
      preview.ok
        ? { step: "preview", link, preview: preview.value, busy: false }
        : { step: "failed", link, code: preview.code },
    );
  };

  const askWindow = async ({ link, preview }: Letter) => {
    setStep({ step: "preview", link, preview, busy: true });
    // Refused in every private window, and in some normal ones.
    if (await window.navigator.storage.persist()) await askConsent({ link, preview });
    else setStep({ step: "private-window", link, preview });
  };

  const askConsent = async ({ link, preview }: Letter) => {
    const agreement = await client.agreementFor(link);
    if (!agreement.ok) setStep({ step: "failed", link, code: agreement.code });
    else if (agreement.value) setStep({ step: "agreement", link, preview, agreement: agreement.value });
    else setStep({ step: "pin", link, preview, agreementVersion: 0, busy: false });
  };

  const activate = async (letter: Letter & { agreementVersion: number }, pin: string) => {
    const { link, preview, agreementVersion } = letter;
    setStep({ step: "pin", link, preview, agreementVersion, busy: true });
    props.onActivate();
    const activated = await client.activate(link, { pin, agreementVersion });
    // Open, this screen is replaced.
    if (activated.ok) return;
    // A newer agreement was published while this one was read.
    if (activated.code === "agreement-required") await askConsent(letter);
    else if (activated.code === "pin-unsuitable")
      setStep({ step: "pin", link, preview, agreementVersion, busy: false, problem: activated.code });
    else setStep({ step: "failed", link, code: activated.code });
  };

  const begin = useEffectEvent(() => {
    if (props.link !== undefined) void check(props.link);
  });
  useEffect(() => begin(), []);
  const startOver = () => setStep({ step: "welcome" });

  const content = () => {
    switch (step.step) {
      case "welcome":
        return <WelcomeStep onLink={(link) => void check(link)} />;
      case "checking":
        return <p role="status" className={classes.busy}>{t`Der Brief wird geprüft …`}</p>;
      case "preview":
        return (
          <PreviewStep
            preview={step.preview}
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
                link: step.link,
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
        return <FailedStep code={step.code} onAgain={() => void check(step.link)} onOther={startOver} />;
    }
  };

  return (
    <Card>
      {content()}
      <LanguageSwitch />
    </Card>
  );
}
