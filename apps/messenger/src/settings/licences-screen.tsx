import { notices } from "virtual:notices";
import { Trans, useLingui } from "@lingui/react/macro";
import { Download } from "lucide-react";
import { useState } from "react";
import { useApp } from "../model/context.tsx";
import { Button } from "../ui/button.tsx";
import { Screen } from "../ui/screen.tsx";
import { saveSource } from "./save-source.ts";
import classes from "./settings-screen.module.css";

/** The app's own licence with its source, then the free software that it is made of, with the texts of the licences. */
export function LicencesScreen() {
  const { t } = useLingui();
  const { navigation } = useApp();
  return (
    <Screen title={t`Lizenzen`} onBack={() => navigation.back()} takesFocus>
      <Source />
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

function Source() {
  const [state, setState] = useState<"idle" | "fetching" | "failed">("idle");
  const fetchIt = async () => {
    setState("fetching");
    setState((await saveSource()) ? "idle" : "failed");
  };
  return (
    <div className={classes.section}>
      <p>
        <Trans>
          NIMes ist freie Software unter der GNU General Public License, Version 3. Wer die App hat, darf
          ihren Quelltext haben, weitergeben und verändern.
        </Trans>
      </p>
      <div className={classes.setting}>
        <Button icon={Download} isPending={state === "fetching"} onPress={() => void fetchIt()}>
          <Trans>Quelltext herunterladen</Trans>
        </Button>
        {state === "failed" ? (
          <p className={classes.problem} role="alert">
            <Trans>
              Der Quelltext ließ sich nicht laden. Später noch einmal versuchen, sonst die IT fragen: Sie muss
              ihn herausgeben.
            </Trans>
          </p>
        ) : null}
      </div>
    </div>
  );
}
