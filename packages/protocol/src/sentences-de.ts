/** What people read about an error, in German. */
import type { Sentences } from "./errors.ts";

export const germanSentences = {
  // Input
  malformed: "Die Anfrage war fehlerhaft. Bitte die App aktualisieren.",
  "too-large": "Das ist zu groß zum Senden.",
  "not-found": "Das gibt es nicht.",
  forbidden: "Dazu fehlt die Berechtigung.",
  "wrong-origin": "Diese Adresse gehört nicht zu diesem Server.",
  "too-many": "Zu viele Anfragen. Es geht gleich von selbst weiter.",
  internal: "Der Server hat einen Fehler. Es wird von selbst erneut versucht.",
  unavailable: "Der Server ist gerade nicht bereit. Es wird von selbst erneut versucht.",
  "storage-full": "Der Server hat keinen Platz mehr. Bitte die IT-Betreuung verständigen.",
  "app-too-old":
    "Diese App ist zu alt für den Server. Bitte NIMes schließen und neu laden, damit die neue Fassung kommt.",
  "server-too-old":
    "Der Server ist älter als diese App. Bitte die IT-Betreuung verständigen; bis dahin ist kein Austausch möglich.",
  "no-network": "Kein Netz. Es geht von selbst weiter, sobald wieder Netz da ist.",
  // Sign-in
  "nonce-required": "Die Anmeldung wird erneuert.",
  unauthorised: "Dieses Gerät ist nicht angemeldet.",
  "device-ended": "Dieses Gerät gehört nicht mehr dazu. Ein neuer Aktivierungsbrief hilft weiter.",
  // The second step
  "pin-wrong": "Die PIN ist falsch.",
  "pin-wait": "Nach mehreren falschen Eingaben ist eine Pause nötig.",
  "pin-unsuitable": "Diese PIN ist zu kurz oder zu leicht zu erraten. Bitte eine andere wählen.",
  "capsule-destroyed":
    "Die Daten auf diesem Gerät wurden unwiderruflich gelöscht. Ein neuer Aktivierungsbrief hilft weiter.",
  "capsule-damaged":
    "Die Daten auf diesem Gerät wurden verändert und werden nicht gezeigt. Ein neuer Aktivierungsbrief hilft weiter.",
  "device-locked": "Dieses Gerät wurde gesperrt. Die Registrierungsstelle weiß mehr.",
  "private-not-allowed": "Private Geräte sind zurzeit nicht zugelassen.",
  "agreement-required": "Vorher ist die Nutzungsvereinbarung zu lesen und anzunehmen.",
  "not-opened": "Dafür muss NIMes mit der PIN geöffnet sein.",
  "pin-required": "Bitte zuerst die PIN eingeben.",
  "passkey-refused": "Der Passkey wurde nicht angenommen. Bitte die PIN eingeben.",
  "offline-opening-ended": "Ohne Netz lässt sich NIMes jetzt nicht öffnen. Bitte mit Netz erneut versuchen.",
  "not-allowed-by-policy": "Das ist auf diesem Gerät nicht zugelassen.",
  // Activation
  "activation-mistyped":
    "Der Code ist unvollständig oder falsch abgeschrieben. Bitte mit dem Brief vergleichen.",
  "activation-unknown":
    "Diesen Brief kennt der Server nicht. Bitte den Code mit dem Brief vergleichen oder einen neuen holen.",
  "activation-expired": "Dieser Brief ist abgelaufen. Die Registrierungsstelle stellt einen neuen aus.",
  "activation-used":
    "Dieser Brief wurde schon benutzt. Wer das nicht selbst war, meldet es sofort der Registrierungsstelle.",
  "activation-foreign": "Dieser Brief gehört zu einer anderen Organisation als dieser Server.",
  "activation-swapped":
    "Der Server hat einen fremden Schlüssel eingetragen. Die Aktivierung wurde abgebrochen. Bitte sofort die Registrierungsstelle verständigen.",
  // Signed structures and the directory
  "bad-signature": "Eine Unterschrift ist ungültig.",
  "wrong-signer": "Diese Unterschrift gilt hierfür nicht.",
  outdated: "Es gibt bereits eine neuere Fassung.",
  "clock-wrong":
    "Die Uhr des Rechners oder Telefons geht falsch, oder die Gültigkeit ist zu lang. Bitte Datum und Uhrzeit prüfen.",
  "transfer-required":
    "Diese Person gehört zu einer anderen Dienststelle. Deren Registrierungsstelle muss sie zuerst abgeben.",
  "broken-chain": "Das Verzeichnis des Servers ist widersprüchlich. Bitte die IT-Betreuung verständigen.",
  // Rooms
  "room-exists": "Diesen Chat gibt es schon.",
  "not-a-member": "Dieses Gerät ist nicht in diesem Chat.",
  "stale-epoch": "Jemand war schneller. Es wird von selbst erneut versucht.",
  "room-changed": "Der Chat hat sich gerade geändert. Es wird von selbst erneut versucht.",
  "no-key-package": "Kann hinzugefügt werden, sobald das Telefon online ist.",
  "room-full": "Dieser Chat ist voll.",
  "server-contradicts":
    "Der Server macht widersprüchliche Angaben zu dieser Nachricht. Bitte die IT-Betreuung verständigen; danach erneut senden.",
  "submission-conflict": "Diese Nachricht wurde schon anders eingereicht.",
  // Opening what was received
  "gate-refused": "Eine unzulässige Änderung an diesem Chat wurde abgewiesen.",
  "cannot-open": "Diese Nachricht konnte nicht geöffnet werden.",
  // Pictures and files
  "picture-unreadable": "Dieses Bildformat kann der Browser nicht lesen. Bitte als JPEG oder PNG senden.",
  "picture-too-large": "Dieses Bild hat zu viele Bildpunkte. Bitte verkleinern.",
  "attachment-damaged":
    "Die Datei ist beschädigt angekommen und wird nicht gezeigt. Bitte erneut senden lassen.",
  quota: "Der Speicher für Dateien dieses Geräts ist voll.",
  "upload-stalled": "Das Hochladen kommt nicht voran. Bitte später erneut senden.",
  "upload-offset": "Das Hochladen geht an anderer Stelle weiter.",
  cancelled: "Abgebrochen.",
  "device-storage-full": "Der Speicher dieses Geräts ist voll. Bitte Platz schaffen.",
  "device-storage-refused":
    "Dieser Browser erlaubt NIMes kein Speichern. Bitte ein normales Fenster benutzen und Websitedaten erlauben.",
} as const satisfies Sentences;
