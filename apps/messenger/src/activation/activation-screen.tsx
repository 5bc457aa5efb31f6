/** From the letter to the first chat: what this is, the link, who it is for, and the keys. */
import { useLingui } from "@lingui/react/macro";
import type { ActivationPreview } from "@nimes/client/nimes-client";
import type { ErrorCode } from "@nimes/protocol/errors";
import { useEffect, useEffectEvent, useState } from "react";
import { useClient } from "../model/context.tsx";
import classes from "./activation-screen.module.css";
import { FailedStep } from "./failed-step.tsx";
import { LanguageSwitch } from "./language-switch.tsx";
import { Logo } from "./logo.tsx";
import { PreviewStep } from "./preview-step.tsx";
import { WelcomeStep } from "./welcome-step.tsx";

type Step =
  | { step: "welcome" }
  | { step: "checking"; link: string }
  | { step: "preview"; link: string; preview: ActivationPreview }
  | { step: "activating"; link: string; preview: ActivationPreview }
  | { step: "failed"; link: string; code: ErrorCode };

/** @param props.link from the address bar, when the page was opened with the letter's link. */
export function ActivationScreen(props: { link: string | undefined }) {
  const { t } = useLingui();
  const client = useClient();
  const [step, setStep] = useState<Step>({ step: "welcome" });

  const check = async (link: string) => {
    setStep({ step: "checking", link });
    const preview = await client.previewActivation(link);
    setStep(
      preview.ok
        ? { step: "preview", link, preview: preview.value }
        : { step: "failed", link, code: preview.code },
    );
  };

  const activate = async (link: string, preview: ActivationPreview) => {
    setStep({ step: "activating", link, preview });
    // Afterwards the client is ready and this screen is replaced.
    const activated = await client.activate(link);
    if (!activated.ok) setStep({ step: "failed", link, code: activated.code });
  };

  const begin = useEffectEvent(() => {
    if (props.link !== undefined) void check(props.link);
  });
  useEffect(() => begin(), []);

  const content = () => {
    switch (step.step) {
      case "welcome":
        return <WelcomeStep onLink={(link) => void check(link)} />;
      case "checking":
        return <p role="status" className={classes.busy}>{t`Der Brief wird geprüft …`}</p>;
      case "preview":
      case "activating":
        return (
          <PreviewStep
            preview={step.preview}
            busy={step.step === "activating"}
            onConfirm={() => void activate(step.link, step.preview)}
            onLeave={() => setStep({ step: "welcome" })}
          />
        );
      case "failed":
        return (
          <FailedStep
            code={step.code}
            onAgain={() => void check(step.link)}
            onOther={() => setStep({ step: "welcome" })}
          />
        );
    }
  };

  return (
    <main className={classes.page}>
      <div className={classes.card}>
        <Logo />
        {content()}
        <LanguageSwitch />
      </div>
    </main>
  );
}
