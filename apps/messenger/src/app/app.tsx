import { i18n } from "@lingui/core";
import { I18nProvider } from "@lingui/react";
import type { ReactNode } from "react";
import { lazy, Suspense, useEffect, useState } from "react";
import { I18nProvider as AriaLanguage } from "react-aria-components/I18nProvider";
import type { AppContext } from "../model/context.tsx";
import { AppProvider, useMessenger, useSettings } from "../model/context.tsx";
import { activateLanguage } from "../texts/activate-language.ts";
import { Panes } from "./panes.tsx";
import { EndedScreen, FailedScreen, OtherTabScreen } from "./stopped-screens.tsx";

// Needed once in the life of a device.
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
  switch (state.state) {
    case "starting":
      // Takes a tenth of a second; anything drawn here would only flicker.
      return null;
    case "not-activated":
      return (
        <Suspense>
          <ActivationScreen link={link} />
        </Suspense>
      );
    case "other-tab":
      return <OtherTabScreen />;
    case "ended":
      return <EndedScreen />;
    case "failed":
      return <FailedScreen code={state.code} />;
    case "ready":
      return <Panes />;
  }
}
