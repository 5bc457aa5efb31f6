import { Trans, useLingui } from "@lingui/react/macro";
import { useEffect, useEffectEvent, useRef, useState } from "react";
import { Button } from "../../ui/button.tsx";
import { CardLead, CardTitle } from "../../ui/card.tsx";
import shared from "../activation-screen.module.css";
import type { CameraProblem } from "./camera.ts";
import { openCamera } from "./camera.ts";
import classes from "./scan-step.module.css";
import { watchForLetter } from "./watch-for-letter.ts";

type Look = { state: "asking" | "looking" | "other-code" } | { state: "no-camera"; problem: CameraProblem };

/** The camera looks for the letter's QR code. It ends with this step, and when the page is hidden. */
export function ScanStep({ onLetter, onLeave }: { onLetter: (text: string) => void; onLeave: () => void }) {
  const { t } = useLingui();
  const video = useRef<HTMLVideoElement>(null);
  const [look, setLook] = useState<Look>({ state: "asking" });
  const found = useEffectEvent(onLetter);
  const leave = useEffectEvent(onLeave);

  useEffect(() => {
    const ends = new AbortController();
    const { signal } = ends;
    void begin();
    async function begin(): Promise<void> {
      const camera = await openCamera(navigator.mediaDevices as MediaDevices | undefined);
      if (typeof camera === "string")
        return signal.aborted ? undefined : setLook({ state: "no-camera", problem: camera });
      const picture = video.current;
      // Left while the browser was still asking.
      if (signal.aborted || !picture) return camera.stop();
      picture.srcObject = camera.stream;
      const end = watchForLetter(picture, {
        onLetter: (text) => found(text),
        onOther: () => setLook({ state: "other-code" }),
      });
      signal.addEventListener("abort", () => {
        end();
        camera.stop();
        picture.srcObject = null;
      });
      // Taken away while it was running, or never begun.
      const fail = () => {
        if (signal.aborted) return;
        ends.abort();
        setLook({ state: "no-camera", problem: "failed" });
      };
      for (const track of camera.stream.getTracks()) track.addEventListener("ended", fail, { signal });
      setLook({ state: "looking" });
      await picture.play().catch(fail);
    }
    const hide = () => document.visibilityState === "hidden" && leave();
    document.addEventListener("visibilitychange", hide, { signal });
    return () => ends.abort();
  }, []);

  return (
    <>
      <CardTitle takesFocus>
        <Trans>Brief scannen</Trans>
      </CardTitle>
      {look.state === "no-camera" ? (
        <CardLead role="alert">
          <NoCamera problem={look.problem} />
        </CardLead>
      ) : (
        <>
          <CardLead>
            <Trans>Den QR-Code des Briefs vor die Kamera halten. Bilder werden nicht gespeichert.</Trans>
          </CardLead>
          <div className={classes.view}>
            <video ref={video} className={classes.video} muted playsInline aria-label={t`Bild der Kamera`} />
            <span className={classes.frame} aria-hidden="true" />
          </div>
        </>
      )}
      <p role="status" className={shared.hint}>
        <State look={look} />
      </p>
      <div className={shared.actions}>
        <Button kind={look.state === "no-camera" ? "main" : "plain"} onPress={onLeave}>
          {t`Code eintippen`}
        </Button>
      </div>
    </>
  );
}

function State({ look }: { look: Look }) {
  switch (look.state) {
    case "asking":
      return <Trans>Der Browser fragt nach der Kamera. Bitte erlauben.</Trans>;
    case "looking":
      return <Trans>Die Kamera sucht den QR-Code …</Trans>;
    case "other-code":
      return <Trans>Dieser QR-Code gehört zu keinem Aktivierungsbrief.</Trans>;
    case "no-camera":
      return null;
  }
}

function NoCamera({ problem }: { problem: CameraProblem }) {
  switch (problem) {
    case "refused":
      return (
        <Trans>
          Die Kamera ist für NIMes nicht erlaubt. In den Einstellungen des Browsers für diese Seite erlauben
          und erneut scannen, oder den Code eintippen.
        </Trans>
      );
    case "missing":
      return (
        <Trans>Dieses Gerät hat keine Kamera, die der Browser benutzen kann. Bitte den Code eintippen.</Trans>
      );
    case "busy":
      return (
        <Trans>
          Eine andere App benutzt die Kamera. Sie dort beenden und erneut scannen, oder den Code eintippen.
        </Trans>
      );
    case "failed":
      return <Trans>Die Kamera geht gerade nicht. Bitte den Code eintippen.</Trans>;
  }
}
