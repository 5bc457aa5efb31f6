import { useLingui } from "@lingui/react/macro";
import type { ErrorCode } from "@nimes/protocol/errors";
import { useSentence } from "../texts/use-sentence.ts";

/** Why a passkey could not be set up or removed. */
export function PasskeyProblem({ code, className }: { code: ErrorCode; className: string | undefined }) {
  const { t } = useLingui();
  const sentence = useSentence();
  return (
    <p role="alert" className={className}>
      {code === "passkey-refused"
        ? t`Dieses Gerät kann NIMes nicht mit einem Passkey öffnen. Die PIN bleibt der Weg.`
        : code === "pin-wrong"
          ? t`Die PIN ist falsch. Auch dieser Versuch zählt: nach zehn falschen werden die Daten gelöscht.`
          : sentence(code)}
    </p>
  );
}
