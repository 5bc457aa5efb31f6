/** Everything the command line says, in German. */
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
  fileExists: (path: string) => `${path} gibt es schon; nichts wurde überschrieben.`,
  notWritable: (path: string, code: string) => `${path} lässt sich nicht schreiben (${code}).`,
  keyMissing: (key: string, path: string) =>
    `Der Schlüssel „${key}“ liegt nicht auf diesem Rechner (${path}).`,
  keyDamaged: (key: string) => `Die Datei des Schlüssels „${key}“ ist beschädigt.`,
  // Server
  unreachable: (address: string) => `Der Server ${address} ist nicht erreichbar.`,
  notAServer: (address: string) => `Unter ${address} antwortet kein NIMes-Server.`,
  noServer: "Die Adresse des Servers fehlt: --server angeben.",
  notAnAddress: (text: string) => `„${text}“ ist keine Adresse wie https://nimes.example.de.`,
  serverRefused: (sentence: string) => `Der Server hat abgelehnt: ${sentence}`,
  serverHasOther:
    "Der Server hat andere Fassungen dieser Organisation als dieser Rechner. Nichts wurde gesendet.",
  serverLostVersions:
    "Der Server hat ältere Fassungen als dieser Rechner: „nimes upload“ schickt ihm die neueren.",
  serverHasNone: "Der Server kennt diese Organisation noch nicht.",
  updated: (version: number) => `Dieser Rechner hat jetzt Fassung ${version} der Organisation.`,
  uploaded: (what: { manifests: number; attestations: number }) =>
    what.manifests + what.attestations === 0
      ? "Der Server hat schon alles."
      : `Gesendet: ${what.manifests} Fassung(en) der Organisation, ${what.attestations} Bescheinigung(en).`,
  waitsForUpload:
    "Die Bescheinigung liegt noch hier; „nimes upload“ schickt sie später. Bis dahin gilt der Brief nicht.",
  letterOutdated:
    "Für diese Person ist schon ein Gerät aktiviert: Ein Brief mit --new-device ersetzt es durch ein neues.",
  // Arguments
  notAnId: (text: string) =>
    `„${text}“ ist keine Kennung: erlaubt sind Kleinbuchstaben, Ziffern und Bindestriche.`,
  notAUnit: (text: string) => `„${text}“ ist keine Dienststelle der Form kennung=Name.`,
  notAName: (text: string) => `„${text}“ ist kein Name von 1 bis 120 Zeichen.`,
  notAKey: "Der öffentliche Schlüssel besteht aus 64 Zeichen 0–9, a–f, wie „nimes desk key“ ihn ausgibt.",
  notAHash: "Der Prüfwert der Wurzel besteht aus 64 Zeichen 0–9, a–f.",
  unitExists: (id: string) => `Die Dienststelle „${id}“ gibt es schon.`,
  unitUnknown: (id: string) => `Die Dienststelle „${id}“ gibt es nicht.`,
  deskUnknown: (name: string) => `Einen Schlüssel der Registrierungsstelle „${name}“ gibt es hier nicht.`,
  deskExists: "Dieser Schlüssel steht schon in der Organisation.",
  noDesk: (unit: string) =>
    `Auf diesem Rechner liegt kein gültiger Schlüssel einer Registrierungsstelle für „${unit}“.`,
  userUnknown: (text: string) => `Zu „${text}“ gibt es hier niemanden.`,
  userAmbiguous: (text: string, ids: string) =>
    `„${text}“ passt auf mehrere; bitte die Kennung angeben: ${ids}`,
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
    elsewhere: "Schlüssel nicht hier",
    keysHere: "Schlüssel hier",
    users: "Aufgenommen",
    unsent: "Noch nicht beim Server",
  },
  letter: {
    onlyOnce: "Dieser Brief erscheint nur dieses eine Mal; sein Geheimnis wird nirgends gespeichert.",
    for: (name: string, unit: string) => `Aktivierung für ${name}, ${unit}`,
    link: "Link:",
    until: (date: string) => `Gültig bis ${date}, nur einmal.`,
    pageWritten: (path: string) => `Zum Drucken: ${path} (enthält das Geheimnis: nach dem Drucken löschen).`,
  },
  rules: germanRules,
  // Help
  help: {
    about:
      "Organisation, Registrierungsstelle und Aktivierungsbriefe. Alles wird auf diesem Rechner unterschrieben.",
    folder: "Ordner der Organisation",
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
    show: "zeigt die Organisation",
    upload: "schickt dem Server, was ihm fehlt",
    update: "holt neuere Fassungen der Organisation vom Server",
  },
};
