import { Trans, useLingui } from "@lingui/react/macro";
import packageJson from "../../package.json";
import { BrowserLimits } from "../capsule/browser-limits.tsx";
import { useApp, useMessenger, useSettings } from "../model/context.tsx";
import type { Language, TextSize, Theme } from "../model/settings.ts";
import { plainName } from "../texts/names.ts";
import { Avatar } from "../ui/avatar.tsx";
import { Choices } from "../ui/choices.tsx";
import { Screen } from "../ui/screen.tsx";
import { LinkRow } from "./link-row.tsx";
import { SecuritySection } from "./security-section.tsx";
import classes from "./settings-screen.module.css";

/** Opening and closing, language, look, and what this app is. */
export function SettingsScreen() {
  const { t } = useLingui();
  const { navigation } = useApp();
  return (
    <Screen title={t`Einstellungen`} onBack={() => navigation.back()} takesFocus>
      <Profile />
      <SecuritySection />
      <Look />
      <ul className={classes.links}>
        <LinkRow onPress={() => navigation.open({ at: "diagnosis" })}>
          <Trans>Verbindung prüfen</Trans>
        </LinkRow>
        <LinkRow onPress={() => navigation.open({ at: "licences" })}>
          <Trans>Lizenzen freier Software</Trans>
        </LinkRow>
      </ul>
      <div className={classes.section}>
        <BrowserLimits />
      </div>
      <About />
    </Screen>
  );
}

function Profile() {
  const { t } = useLingui();
  const me = useMessenger((state) => (state.client.state === "ready" ? state.client.me : undefined));
  if (!me) return null;
  const about = [me.function, me.unitName, me.organisation].map(plainName).filter((part) => part !== "");
  return (
    <div className={classes.profile}>
      <Avatar name={me.displayName} kind="direct" />
      <div>
        <p className={classes.name}>
          <bdi>{plainName(me.displayName)}</bdi>
        </p>
        <p className={classes.muted}>{about.join(" · ")}</p>
        <p className={classes.muted}>{me.deviceClass === "private" ? t`Privates Gerät` : t`Dienstgerät`}</p>
      </div>
    </div>
  );
}

function Look() {
  const { t } = useLingui();
  const { settings } = useApp();
  const { language, theme, textSize } = useSettings();
  const languages: { value: Language; name: string }[] = [
    { value: "de", name: "Deutsch" },
    { value: "en", name: "English" },
  ];
  const themes: { value: Theme; name: string }[] = [
    { value: "system", name: t`Wie das Gerät` },
    { value: "light", name: t`Hell` },
    { value: "dark", name: t`Dunkel` },
  ];
  const sizes: { value: TextSize; name: string }[] = [
    { value: "small", name: "90 %" },
    { value: "normal", name: "100 %" },
    { value: "large", name: "120 %" },
    { value: "larger", name: "150 %" },
    { value: "largest", name: "200 %" },
  ];
  return (
    <div className={classes.section}>
      <Choices
        label={t`Sprache`}
        value={language}
        options={languages}
        onChange={(next) => settings.setState({ language: next })}
      />
      <Choices
        label={t`Farben`}
        value={theme}
        options={themes}
        onChange={(next) => settings.setState({ theme: next })}
      />
      <Choices
        label={t`Textgröße`}
        value={textSize}
        options={sizes}
        onChange={(next) => settings.setState({ textSize: next })}
      />
    </div>
  );
}

function About() {
  return (
    <div className={classes.section}>
      <h2 className={classes.heading}>
        <Trans>Über NIMes</Trans>
      </h2>
      <p className={classes.muted}>
        <Trans>
          Version {packageJson.version}. Freie Software unter der GNU General Public License, Version 3.
        </Trans>
      </p>
    </div>
  );
}
