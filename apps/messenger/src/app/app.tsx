import { i18n } from "@lingui/core";
import { I18nProvider } from "@lingui/react";
import type { ReactNode } from "react";
import { lazy, Suspense, useEffect, useState } from "react";
import { I18nProvider as AriaLanguage } from "react-aria-components/I18nProvider";
import { LockScreen } from "../lock/lock-screen.tsx";
import type { AppContext } from "../model/context.tsx";
import { AppProvider, useMessenger, useSettings } from "../model/context.tsx";
import { ReleaseNotice } from "../release/release-notice.tsx";
import { activateLanguage } from "../texts/activate-language.ts";
import { Panes } from "./panes.tsx";
import {
  DestroyedScreen,
  EndedScreen,
  FailedScreen,
  OldFormatScreen,
  OtherTabScreen,
} from "./stopped-screens.tsx";

// Needed once in the life of a device, or seldom.
const NewAgreementScreen = lazy(async () => ({
  default: (await import("../agreement/agreement-screens.tsx")).NewAgreementScreen,
}));
const AfterActivation = lazy(async () => ({
  default: (await import("../activation/after-activation.tsx")).AfterActivation,
}));
const ActivationScreen = lazy(async () => ({
  default: (await import("../activation/activation-screen.tsx")).ActivationScreen,
}));

/** The whole app. `link` is the activation link the page was opened with. */
export function App({ app, link }: { app: AppContext; link: string | undefined }) {
  return (
    <AppProvider value={app}>
      <Languages>
        <Content link={link} />
      </Languages>
    </AppProvider>
  );
}

/** Draws again in the other language as soon as its texts are there. */
function Languages({ children }: { children: ReactNode }) {
  const { language } = useSettings();
  const [shown, setShown] = useState(i18n.locale);
  useEffect(() => {
    let wanted = true;
    void activateLanguage(i18n, language).then(() => wanted && setShown(language));
    return () => {
      wanted = false;
    };
  }, [language]);
  return (
    <I18nProvider i18n={i18n}>
      <AriaLanguage locale={shown === "en" ? "en-GB" : "de-DE"}>{children}</AriaLanguage>
    </I18nProvider>
  );
}

function Content({ link }: { link: string | undefined }) {
  const state = useMessenger((messenger) => messenger.client);
  const [isNew, setNew] = useState(false);
  // The link that the page was opened with works once; after a wipe another letter is needed.
  const [isUsed, setUsed] = useState(false);
  const begin = () => {
    setNew(true);
    setUsed(true);
  };
  switch (state.state) {
    case "starting":
      // Takes a tenth of a second; anything drawn here would only flicker.
      return null;
    case "not-activated":
      return (
        <Suspense>
          <ActivationScreen link={isUsed ? undefined : link} onActivate={begin} />
        </Suspense>
      );
    case "other-tab":
      return <OtherTabScreen />;
    case "ended":
      return <EndedScreen />;
    case "failed":
      return <FailedScreen code={state.code} />;
    case "locked":
      return (
        <>
          <ReleaseNotice />
          <LockScreen lock={state.lock} />
        </>
      );
    case "agreement":
      return (
        <Suspense>
          <NewAgreementScreen agreement={state.agreement} />
        </Suspense>
      );
    case "destroyed":
      return (
        <DestroyedScreen why={state.why} {...(state.reason !== undefined && { reason: state.reason })} />
      );
    case "old-format":
      return <OldFormatScreen />;
    case "ready":
      return isNew ? (
        <Suspense>
          <AfterActivation onDone={() => setNew(false)} />
        </Suspense>
      ) : (
        <Panes />
      );
  }
}
