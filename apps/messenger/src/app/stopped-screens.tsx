import { Trans, useLingui } from "@lingui/react/macro";
import type { ErrorCode } from "@nimes/protocol/errors";
import { AppWindow, type LucideIcon, RotateCw, ShieldOff, TriangleAlert } from "lucide-react";
import type { ReactNode } from "react";
import { useSentence } from "../texts/use-sentence.ts";
import { Button } from "../ui/button.tsx";
import { Icon } from "../ui/icon.tsx";
import classes from "./stopped-screens.module.css";

/** Another tab of this browser has the messages open. */
export function OtherTabScreen() {
  const { t } = useLingui();
  return (
    <Stopped icon={AppWindow} title={t`NIMes ist schon offen`} action={<Reload>{t`Hier öffnen`}</Reload>}>
      <Trans>
        In einem anderen Tab dieses Browsers. Bitte dort weiterschreiben, oder ihn schließen und hier öffnen.
      </Trans>
    </Stopped>
  );
}

/** The device does not belong to the circle any more. */
export function EndedScreen() {
  const { t } = useLingui();
  return (
    <Stopped icon={ShieldOff} title={t`Dieses Gerät gehört nicht mehr dazu`}>
      <Trans>
        Es kann nichts mehr lesen und schreiben. Wenn das überrascht: bitte bei der Registrierungsstelle
        melden; ein neuer Aktivierungsbrief hilft weiter.
      </Trans>
    </Stopped>
  );
}

export function FailedScreen({ code }: { code: ErrorCode }) {
  const { t } = useLingui();
  const sentence = useSentence();
  return (
    <Stopped
      icon={TriangleAlert}
      title={t`NIMes kann gerade nicht öffnen`}
      action={<Reload>{t`Neu laden`}</Reload>}
    >
      {code === "internal" ? (
        <Trans>
          In der App ist ein Fehler aufgetreten. Geschriebenes ist gespeichert; neu laden hilft meistens.
        </Trans>
      ) : (
        sentence(code)
      )}
    </Stopped>
  );
}

function Reload({ children }: { children: ReactNode }) {
  return (
    <Button kind="main" icon={RotateCw} onPress={() => window.location.reload()}>
      {children}
    </Button>
  );
}

function Stopped(props: { icon: LucideIcon; title: string; action?: ReactNode; children: ReactNode }) {
  const { icon, title, action, children } = props;
  return (
    <main className={classes.page}>
      <span className={classes.sign}>
        <Icon of={icon} size={30} />
      </span>
      <h1 className={classes.title}>{title}</h1>
      <p className={classes.words}>{children}</p>
      {action}
    </main>
  );
}
