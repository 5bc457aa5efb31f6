/** Everything the command line says, in German. */

import { counted } from "./counted.ts";
import { germanDesks } from "./desks-german.ts";
import { germanParser } from "./parser-german.ts";
import { germanRuleKeys } from "./rule-keys-german.ts";
import { germanRules } from "./rules-german.ts";

export const german = {
  // Questions
  askPassphrase: (key: string) => `Passwortsatz für „${key}“ (Strg-C bricht ab): `,
  askNewPassphrase: (keys: string) => `Neuer Passwortsatz für ${keys}: `,
  askAgain: "Noch einmal: ",
  // Passphrases
  passphraseTooShort: (min: number) => `Der Passwortsatz braucht mindestens ${min} Zeichen.`,
  passphrasesDiffer: "Die beiden Eingaben sind verschieden.",
  wrongPassphrase: (key: string) => `Der Passwortsatz für „${key}“ ist falsch.`,
  nobodyToAsk: "Hier kann niemand nach dem Passwortsatz gefragt werden: NIMES_PASSPHRASE_FD setzen.",
  descriptorUnreadable: "NIMES_PASSPHRASE_FD nennt keinen lesbaren Dateideskriptor.",
  cancelled: "Abgebrochen.",
  // Folder
  noOrganisation: (folder: string) =>
    `In ${folder} liegt keine Organisation: „nimes init“ legt eine an, --folder nennt einen anderen Ordner.`,
  organisationExists: (folder: string) => `In ${folder} liegt schon eine Organisation.`,
  damaged: (path: string) => `${path} ist beschädigt oder gehört zu einer anderen Organisation.`,
  settingsDamaged: (path: string) =>
    `${path} ist beschädigt: „nimes join“ mit dem Prüfwert der Wurzel („nimes show“ auf einem anderen Rechner nennt ihn, und die Einstellungen des Servers) richtet den Ordner wieder ein.`,
  goesByServer:
    "Es gelten die Fassungen, die der Server liefert, geprüft am Prüfwert der Wurzel; „nimes update“ bringt den Ordner in Ordnung.",
  folderNotEmpty: (folder: string) =>
    `${folder} ist nicht leer; eine neue Organisation braucht einen eigenen Ordner (--folder).`,
  halfMade: (name: string, folder: string) =>
    `Die Organisation „${name}“ liegt hier halb fertig (${folder}), weil „nimes init“ unterbrochen wurde. Mit demselben Namen und denselben Dienststellen noch einmal aufgerufen, wird sie fertig; für eine andere einen anderen Ordner nehmen (--folder).`,
  leftOut: (path: string) =>
    `${path} ist beschädigt oder gehört zu einer anderen Organisation und bleibt unberücksichtigt.`,
  fileExists: (path: string) => `${path} gibt es schon; nichts wurde überschrieben.`,
  notWritable: (path: string, code: string) => `${path} lässt sich nicht schreiben (${code}).`,
  keyMissing: (key: string, path: string) =>
    `Der Schlüssel „${key}“ liegt nicht auf diesem Rechner (${path}).`,
  keyDamaged: (key: string) => `Die Datei des Schlüssels „${key}“ ist beschädigt.`,
  // Server
  unreachable: (address: string) => `Der Server ${address} ist nicht erreichbar.`,
  untrusted: (address: string, code: string) =>
    `Der Server ${address} zeigt ein Zertifikat, das hier nicht gilt (${code}). Ist es von einer eigenen Zertifizierungsstelle: NODE_EXTRA_CA_CERTS setzen.`,
  notAServer: (address: string) => `Unter ${address} antwortet kein NIMes-Server.`,
  answerTooLarge: (address: string) =>
    `${address} antwortet mit mehr, als ein NIMes-Server je hat. Der Rest wurde nicht gelesen.`,
  noServer: "Die Adresse des Servers fehlt: --server angeben.",
  notAnAddress: (text: string) => `„${text}“ ist keine Adresse wie https://nimes.example.de.`,
  serverRefused: (sentence: string) => `Der Server hat abgelehnt: ${sentence}`,
  serverHasOther:
    "Der Server hat andere Fassungen dieser Organisation als dieser Rechner. Nichts wurde gesendet.",
  serverLostVersions:
    "Der Server hat ältere Fassungen als dieser Rechner: „nimes upload“ schickt ihm die neueren.",
  serverHasNone: "Der Server kennt diese Organisation noch nicht.",
  updated: (version: number) => `Dieser Rechner hat jetzt Fassung ${version} der Organisation.`,
  serverHasAll: "Der Server hat schon alles.",
  uploaded: (what: { manifests: number; attestations: number }) =>
    `Gesendet: ${counted(what.manifests, "Fassung", "Fassungen")} der Organisation, ${counted(what.attestations, "Bescheinigung", "Bescheinigungen")}.`,
  sentAgain: (what: Record<"attestations" | "transfers" | "agreements" | "policies" | "orders", number>) =>
    `Noch einmal gesendet, falls es dem Server fehlt: ${[
      what.attestations > 0 ? counted(what.attestations, "Bescheinigung", "Bescheinigungen") : "",
      what.transfers > 0 ? counted(what.transfers, "Versetzung", "Versetzungen") : "",
      what.agreements > 0 ? `${counted(what.agreements, "Fassung", "Fassungen")} der Vereinbarung` : "",
      what.policies > 0 ? `${counted(what.policies, "Fassung", "Fassungen")} der Richtlinie` : "",
      what.orders > 0 ? counted(what.orders, "Anordnung an Geräte", "Anordnungen an Geräte") : "",
    ]
      .filter((part) => part !== "")
      .join(", ")}.`,
  notTakenAgain: (count: number, sentence: string) =>
    `Nicht angenommen hat der Server ${count === 1 ? "eine weitere Unterschrift" : `${count} weitere Unterschriften`}: ${sentence}`,
  waitsForUpload:
    "Die Bescheinigung liegt noch hier; „nimes upload“ schickt sie später. Bis dahin gilt der Brief nicht.",
  letterOutdated:
    "Für diese Person ist schon ein Gerät aktiviert: Ein Brief mit --new-device ersetzt es durch ein neues.",
  clock: {
    farFromServer: (here: string, there: string) =>
      `Die Uhr des Rechners steht auf ${here}, die des Servers auf ${there}.`,
    farFromSigned: (here: string, last: string) =>
      `Die Uhr des Rechners steht auf ${here}; zuletzt wurde hier unterschrieben: ${last}.`,
    check:
      "Was mit falscher Uhr unterschrieben wird, gilt zu früh, zu lange oder nie. Die Uhr prüfen; geht sie richtig, noch einmal mit --clock-is-right.",
  },
  // Arguments
  notAnId: (text: string) =>
    `„${text}“ ist keine Kennung: erlaubt sind Kleinbuchstaben, Ziffern und Bindestriche.`,
  notAUnit: (text: string) => `„${text}“ ist keine Dienststelle der Form kennung=Name.`,
  notAName: (text: string) => `„${text}“ ist kein Name von 1 bis 120 Zeichen.`,
  hiddenCharacter: (code: string) =>
    `Der Text enthält ein Zeichen, das niemand sieht oder das die Schreibrichtung ändert (${code}): bitte von Hand eingeben.`,
  notAKey: "Der öffentliche Schlüssel besteht aus 64 Zeichen 0–9, a–f, wie „nimes desk key“ ihn ausgibt.",
  notAHash: "Der Prüfwert der Wurzel besteht aus 64 Zeichen 0–9, a–f.",
  unitExists: (id: string) => `Die Dienststelle „${id}“ gibt es schon.`,
  unitUnknown: (id: string) => `Die Dienststelle „${id}“ gibt es nicht.`,
  deskUnknown: (name: string) => `Einen Schlüssel der Registrierungsstelle „${name}“ gibt es hier nicht.`,
  deskExists: "Dieser Schlüssel steht schon in der Organisation.",
  noDesk: (unit: string) =>
    `Auf diesem Rechner liegt kein gültiger Schlüssel einer Registrierungsstelle für „${unit}“.`,
  userUnknown: (text: string) => `Zu „${text}“ gibt es hier niemanden.`,
  deskGone: "Registrierungsstelle gestrichen",
  userAmbiguous: (text: string, lines: string) =>
    `„${text}“ passt auf mehrere; bitte die Kennung angeben:\n${lines}`,
  // What will be signed
  signs: (key: string) => `Sie unterschreiben mit dem Schlüssel „${key}“:`,
  signsFirst: (name: string) => `  Die Organisation „${name}“ entsteht, Fassung 1.`,
  signsUnit: (name: string, id: string) => `  Dienststelle „${name}“ (${id}).`,
  signsDesk: (key: string, units: string) =>
    `  Wer den Schlüssel ${key} hat, darf Personen aufnehmen in: ${units || "noch keine Dienststelle"}.`,
  signsVersion: (version: number) => `  Das wird Fassung ${version} der Organisation.`,
  signsUser: (officer: { name: string; unit: string; function: string; id: string }) =>
    `  ${officer.name}, ${officer.function ? `${officer.function}, ` : ""}Dienststelle „${officer.unit}“, gehört dazu (Kennung ${officer.id}).`,
  signsLetter: (deviceClass: "service" | "private", until: string) =>
    `  Wer den Brief hat, aktiviert damit einmal ein ${deviceClass === "service" ? "dienstliches" : "privates"} Gerät, bis ${until}.`,
  signsNewDevice:
    "  Sobald der Brief benutzt ist, endet jedes bisherige Gerät dieser Person; was darauf ist, lässt sich nicht mehr öffnen, und in ihre Chats kommt sie nur, wenn jemand dort sie wieder hinzufügt.",
  signsNewLetter: "  Der vorige Brief gilt dann nicht mehr.",
  // Results
  allKeys: "Wurzel, Sperren, Richtlinie und Registrierungsstelle",
  initialised: (name: string, folder: string) => `Die Organisation „${name}“ liegt in ${folder}.`,
  wentOn: "„nimes init“ war unterbrochen und ist jetzt fertig. Es gilt der Passwortsatz von damals.",
  keepRoot:
    "Den Ordner keys/ sichern und vom Netz fernhalten; auf den Rechner der Registrierungsstelle gehört nur deren Schlüssel.",
  forTheServer: "Für den Server:",
  joined: (name: string) => `Dieser Rechner kennt jetzt die Organisation „${name}“.`,
  deskKeyMade: (name: string) =>
    `Schlüssel „${name}“ gemacht. Öffentlicher Teil, für „nimes desk add … --public-key“:`,
  unitAdded: (name: string) => `Dienststelle „${name}“ aufgenommen.`,
  deskAdded: (name: string) => `Registrierungsstelle „${name}“ aufgenommen.`,
  userAdded: (name: string, id: string) => `${name} ist aufgenommen (Kennung ${id}).`,
  noUsers: "Auf diesem Rechner wurde noch niemand aufgenommen.",
  validLetterUntil: (until: string) => `Brief gültig bis ${until}`,
  letterEnded: "Brief abgelaufen",
  notSent: "noch nicht beim Server",
  show: {
    organisation: "Organisation",
    rootHash: "Prüfwert der Wurzel",
    version: "Fassung",
    server: "Server",
    noServer: "noch keiner",
    unit: "Dienststelle",
    desk: "Registrierungsstelle",
    until: (date: string) => `bis ${date}`,
    ended: (date: string) => `beendet seit ${date}`,
    soon: ": bald einen neuen Schlüssel aufnehmen",
    policyKey: "Richtlinie",
    revocationKey: "Sperren und Löschen",
    elsewhere: "Schlüssel nicht hier",
    keysHere: "Schlüssel hier",
    users: "Aufgenommen",
    unsent: "Noch nicht beim Server",
  },
  letter: {
    onlyOnce: "Dieser Brief erscheint nur dieses eine Mal; sein Geheimnis wird nirgends gespeichert.",
    for: (name: string, unit: string) => `Aktivierung für ${name}, ${unit}`,
    open: (address: string) => `1. Im Browser öffnen: ${address}`,
    enter: "2. Dort „Brief scannen“ (nicht mit der Kamera-App des Telefons) oder diesen Code eintippen:",
    link: "Link, wenn es nicht anders geht:",
    linkStays:
      "Wer den Link öffnet, lässt das Geheimnis des Briefs in Verlauf und Sitzungen des Browsers zurück, wo es auch benutzt noch etwas wert ist.",
    until: (date: string) => `Gültig bis ${date}, nur einmal.`,
    pageWritten: (path: string) => `Zum Drucken: ${path} (enthält das Geheimnis: nach dem Drucken löschen).`,
  },
  parser: germanParser,
  rules: germanRules,
  desks: germanDesks,
  ruleKeys: germanRuleKeys,
  // Help
  help: {
    about:
      "Organisation, Registrierungsstelle und Aktivierungsbriefe. Alles wird auf diesem Rechner unterschrieben.",
    folder: "Ordner der Organisation; sonst NIMES_FOLDER oder „nimes-organisation“",
    clockIsRight: "die Uhr dieses Rechners ist geprüft und geht richtig",
    version: "Fassung dieses Programms",
    help: "diese Hilfe",
    init: "legt eine Organisation an: Schlüssel und Fassung 1",
    initUnit: "Dienststelle, mehrfach erlaubt",
    server: "Adresse des Servers; schickt ihm, was unterschrieben ist",
    join: "richtet den Rechner einer Registrierungsstelle ein",
    unit: "Dienststellen",
    unitAdd: "nimmt eine Dienststelle auf (Schlüssel der Wurzel)",
    unitDesk: "Registrierungsstelle, die dort Personen aufnimmt",
    desk: "Registrierungsstellen",
    deskKey: "macht auf dem Rechner der Registrierungsstelle deren Schlüssel",
    deskAdd: "nimmt eine Registrierungsstelle auf (Schlüssel der Wurzel)",
    deskUnits: "Dienststellen, für die sie Personen aufnimmt",
    deskPublicKey:
      "öffentlicher Schlüssel, den „nimes desk key“ ausgab; ohne ihn wird der Schlüssel hier gemacht",
    user: "Personen",
    userAdd: "nimmt eine Person auf und druckt ihren Aktivierungsbrief",
    userList: "zeigt, wer auf diesem Rechner aufgenommen wurde",
    userUnit: "Dienststelle",
    userFunction: "Funktion, z. B. Streifendienst",
    userPrivate: "der Brief ist für ein privates Gerät",
    deskName: "Registrierungsstelle, die unterschreibt",
    letter: "macht einen neuen Brief, solange kein Gerät aktiviert ist",
    letterUser: "Name oder Kennung",
    page: "schreibt den Brief auch als druckbare Seite (HTML, A4)",
    link: "zeigt auch einen Link, der das Geheimnis im Browser zurücklässt",
    show: "zeigt die Organisation",
    upload: "schickt dem Server, was ihm fehlt",
    update: "holt neuere Fassungen der Organisation vom Server",
  },
};
