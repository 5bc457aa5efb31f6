/** Part of what is loaded at the start: whatever has failed may also keep another file from coming. */
import { Trans, useLingui } from "@lingui/react/macro";
import type { ErrorCode } from "@nimes/protocol/errors";
import { TriangleAlert } from "lucide-react";
import { useSentence } from "../texts/use-sentence.ts";
import { Reload, StartAfresh, Stopped } from "../ui/stopped.tsx";

export function FailedScreen({ code }: { code: ErrorCode }) {
  const { t } = useLingui();
  const sentence = useSentence();
  return (
    <Stopped
      icon={TriangleAlert}
      title={t`NIMes kann gerade nicht öffnen`}
      action={
        code === "capsule-damaged" ? (
          <StartAfresh>{t`Neuen Brief verwenden`}</StartAfresh>
        ) : (
          <Reload>{t`Neu laden`}</Reload>
        )
      }
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
