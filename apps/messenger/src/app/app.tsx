import { i18n } from "@lingui/core";
import { I18nProvider } from "@lingui/react";
import type { Lock } from "@nimes/client/nimes-client";
import type { ReactNode } from "react";
import { Suspense, useEffect, useState } from "react";
import { I18nProvider as AriaLanguage } from "react-aria-components/I18nProvider";
import { LockScreen } from "../lock/lock-screen.tsx";
import type { AppContext } from "../model/context.tsx";
import { AppProvider, useMessenger, useSettings } from "../model/context.tsx";
import { ReleaseNotice } from "../release/release-notice.tsx";
import { loadAllTexts } from "../texts/activate-language.ts";
import { FailedScreen } from "./failed-screen.tsx";
import { lazyScreen } from "./lazy-screen.ts";
import { MisfitScreen } from "./misfit-screen.tsx";
import { Panes } from "./panes.tsx";

// Needed once in the life of a device, or seldom.
const NewAgreementScreen = lazyScreen(
  async () => (await import("../agreement/agreement-screens.tsx")).NewAgreementScreen,
);
const AfterActivation = lazyScreen(
  async () => (await import("../activation/after-activation.tsx")).AfterActivation,
);
const ActivationScreen = lazyScreen(
  async () => (await import("../activation/activation-screen.tsx")).ActivationScreen,
);

const loadStopped = () => import("../stopped/stopped-screens.tsx");
const DestroyedScreen = lazyScreen(async () => (await loadStopped()).DestroyedScreen);
const EndedScreen = lazyScreen(async () => (await loadStopped()).EndedScreen);
const OldFormatScreen = lazyScreen(async () => (await loadStopped()).OldFormatScreen);
const OtherTabScreen = lazyScreen(async () => (await loadStopped()).OtherTabScreen);

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
    if (language === shown) return;
    let wanted = true;
    void loadAllTexts(language).then((messages) => {
      if (!wanted) return;
      i18n.loadAndActivate({ locale: language, messages });
      setShown(language);
    });
    return () => {
      wanted = false;
    };
  }, [language, shown]);
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
  // By its key another one than before: while a screen is being loaded, nothing of the last one stays in the page.
  const later = (screen: ReactNode) => <Suspense key={state.state}>{screen}</Suspense>;
  switch (state.state) {
    case "starting":
      // Takes a tenth of a second; anything drawn here would only flicker.
      return null;
    case "not-activated":
      return later(<ActivationScreen link={isUsed ? undefined : link} onActivate={begin} />);
    case "other-tab":
      return later(<OtherTabScreen />);
    case "ended":
      return later(<EndedScreen />);
    case "failed":
      return <FailedScreen code={state.code} />;
    case "locked":
      return <Locked lock={state.lock} />;
    case "agreement":
      return later(<NewAgreementScreen agreement={state.agreement} />);
    case "destroyed":
      return later(
        <DestroyedScreen
          why={state.why}
          {...(state.reason !== undefined && { reason: state.reason })}
          {...(state.passkey !== undefined && { passkey: state.passkey })}
        />,
      );
    case "old-format":
      return later(<OldFormatScreen />);
    case "ready":
      return isNew ? later(<AfterActivation onDone={() => setNew(false)} />) : <Panes />;
  }
}

function Locked({ lock }: { lock: Lock }) {
  if (lock.misfit && !lock.order) return <MisfitScreen misfit={lock.misfit} />;
  return (
    <>
      <ReleaseNotice />
      <LockScreen lock={lock} />
    </>
  );
}
