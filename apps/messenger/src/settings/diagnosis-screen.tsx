import { useLingui } from "@lingui/react/macro";
import type { Connection } from "@nimes/client/nimes-client";
import { RotateCw } from "lucide-react";
import { useEffect, useState } from "react";
import packageJson from "../../package.json";
import { useApp, useClient, useMessenger, useSettings } from "../model/context.tsx";
import { clockTime } from "../texts/times.ts";
import { Button } from "../ui/button.tsx";
import { Screen } from "../ui/screen.tsx";
import classes from "./settings-screen.module.css";

type Storage = { persisted: boolean; usedBytes: number; quotaBytes: number };

/** Facts for whoever helps with a problem. Nothing of what is written stands here. */
export function DiagnosisScreen() {
  const { t } = useLingui();
  const { navigation } = useApp();
  const client = useClient();
  const { language } = useSettings();
  const state = useMessenger((messenger) => messenger.client);
  const rooms = useMessenger((messenger) => messenger.rooms);
  const storage = useStorage();
  const ready = state.state === "ready" ? state : undefined;

  const connectionName = (connection: Connection): string => {
    switch (connection.state) {
      case "online":
        return t`Verbunden`;
      case "connecting":
        return t`Wird aufgebaut`;
      case "catching-up":
        return t`Holt ${connection.remaining} Einträge nach`;
      case "offline":
        return connection.retryAt === undefined
          ? t`Kein Netz`
          : t`Kein Netz, nächster Versuch um ${clockTime(connection.retryAt, language)}`;
    }
  };

  const facts: [string, string][] = [
    [t`Verbindung`, ready ? connectionName(ready.connection) : state.state],
    [t`Server`, window.location.host],
    [t`Verzeichnis`, ready?.directory === "contradictory" ? t`Widersprüchlich` : t`In Ordnung`],
    [t`Wartende Nachrichten`, String(ready?.waiting ?? 0)],
    [t`Chats auf diesem Gerät`, String(rooms?.length ?? 0)],
    [t`Speicher`, storage ? t`${megabytes(storage.usedBytes)} von ${megabytes(storage.quotaBytes)} MB` : "–"],
    [t`Speicher dauerhaft`, storage?.persisted ? t`Ja` : t`Nein`],
    [t`Gerätekennung`, ready ? ready.me.clientId.slice(37, 69) : "–"],
    [t`Version`, packageJson.version],
    [t`Browser`, window.navigator.userAgent],
  ];
  return (
    <Screen title={t`Verbindung`} onBack={() => navigation.back()} takesFocus>
      <dl className={classes.facts}>
        {facts.map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
      <div className={classes.section}>
        <Button icon={RotateCw} onPress={() => void client.reconnect()}>
          {t`Jetzt neu verbinden`}
        </Button>
      </div>
    </Screen>
  );
}

function useStorage(): Storage | undefined {
  const [storage, setStorage] = useState<Storage>();
  useEffect(() => {
    const read = async () => {
      const { storage: manager } = window.navigator as { storage?: StorageManager };
      if (!manager) return;
      const [persisted, { usage = 0, quota = 0 }] = await Promise.all([
        manager.persisted(),
        manager.estimate(),
      ]);
      setStorage({ persisted, usedBytes: usage, quotaBytes: quota });
    };
    void read();
  }, []);
  return storage;
}

const megabytes = (bytes: number): number => Math.round(bytes / 1_000_000);
