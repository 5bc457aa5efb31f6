import { notices } from "virtual:notices";
import { useLingui } from "@lingui/react/macro";
import { useApp } from "../model/context.tsx";
import { Screen } from "../ui/screen.tsx";
import classes from "./settings-screen.module.css";

/** The free software that this app is made of, with the texts of the licences. */
export function LicencesScreen() {
  const { t } = useLingui();
  const { navigation } = useApp();
  return (
    <Screen title={t`Lizenzen`} onBack={() => navigation.back()} takesFocus>
      {notices.map((notice) => (
        <details key={notice.name} className={classes.notice}>
          <summary>
            {notice.name} {notice.version} · {notice.licence}
          </summary>
          <pre>{notice.text}</pre>
        </details>
      ))}
    </Screen>
  );
}
