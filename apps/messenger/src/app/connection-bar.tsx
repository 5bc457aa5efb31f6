import { Plural, Trans, useLingui } from "@lingui/react/macro";
import type { Connection } from "@nimes/client/nimes-client";
import { CloudOff, LoaderCircle, TriangleAlert } from "lucide-react";
import type { ReactNode } from "react";
import { useEffect, useState } from "react";
import { useClient, useMessenger } from "../model/context.tsx";
import { useBrowserOnline } from "../model/use-network.ts";
import { Bar } from "../ui/bar.tsx";

/** A short trouble is not worth a word. */
const patienceMs = 1_500;

/** Says what is not as usual with the network or the directory; nothing when all is well. */
export function ConnectionBar() {
  const state = useMessenger((messenger) => messenger.client);
  const browserOnline = useBrowserOnline();
  if (state.state !== "ready") return null;
  return (
    <div aria-live="polite" data-testid="connection-bar">
      {state.directory === "contradictory" ? (
        <Bar kind="alarm" icon={TriangleAlert}>
          <Trans>Das Verzeichnis des Servers ist widersprüchlich. Bitte die IT-Betreuung verständigen.</Trans>
        </Bar>
      ) : null}
      <Network connection={browserOnline ? state.connection : { state: "offline" }} waiting={state.waiting} />
    </div>
  );
}

function Network(props: { connection: Connection; waiting: number }) {
  const { t } = useLingui();
  const client = useClient();
  const { connection, waiting } = props;
  const patient = useLate(connection.state === "connecting" || connection.state === "catching-up");
  switch (connection.state) {
    case "online":
      return null;
    case "connecting":
      return patient ? <Progress>{t`Verbindung wird aufgebaut …`}</Progress> : null;
    case "catching-up": {
      const { remaining } = connection;
      return patient ? (
        <Progress>
          <Plural
            value={remaining}
            _0="Nachrichten werden geladen …"
            one="Nachrichten werden geladen, noch # …"
            other="Nachrichten werden geladen, noch # …"
          />
        </Progress>
      ) : null;
    }
    case "offline":
      return (
        <Bar
          kind="warn"
          icon={CloudOff}
          {...(connection.retryAt !== undefined && {
            action: { name: t`Verbinden`, onPress: () => void client.reconnect() },
          })}
        >
          {waiting === 0 ? (
            <Trans>Kein Netz. Geschriebenes geht raus, sobald wieder Netz da ist.</Trans>
          ) : (
            <Plural
              value={waiting}
              one="Kein Netz. # Nachricht wartet, sie geht von selbst raus."
              other="Kein Netz. # Nachrichten warten, sie gehen von selbst raus."
            />
          )}
        </Bar>
      );
  }
}

function Progress({ children }: { children: ReactNode }) {
  return (
    <Bar kind="calm" icon={LoaderCircle} turning>
      {children}
    </Bar>
  );
}

/** True once something has lasted for a while. */
function useLate(lasts: boolean): boolean {
  const [late, setLate] = useState(false);
  useEffect(() => {
    if (!lasts) return;
    const timer = setTimeout(() => setLate(true), patienceMs);
    return () => {
      clearTimeout(timer);
      setLate(false);
    };
  }, [lasts]);
  return late;
}
