import { useApp, useSettings } from "../model/context.tsx";
import { Button } from "./button.tsx";

/** The other language, by its own name. */
export function LanguageSwitch() {
  const { settings } = useApp();
  const { language } = useSettings();
  const other =
    language === "de" ? ({ tag: "en", name: "English" } as const) : ({ tag: "de", name: "Deutsch" } as const);
  return (
    <Button kind="quiet" onPress={() => settings.setState({ language: other.tag })}>
      <span lang={other.tag}>{other.name}</span>
    </Button>
  );
}
