/** What the command line says of agreement, policy, devices and releases, in German. */
import { counted } from "./counted.ts";

type OrderKind = "lock" | "unlock" | "wipe";
type DeviceClass = "service" | "private";
type Unit = "s" | "m" | "h" | "d";
const deviceName = (deviceClass: DeviceClass) =>
  deviceClass === "service" ? "Dienstgerät" : "privates Gerät";
const unitNames = {
  s: ["Sekunde", "Sekunden"],
  m: ["Minute", "Minuten"],
  h: ["Stunde", "Stunden"],
  d: ["Tag", "Tage"],
} as const;

export const germanRules = {
  noFile: (path: string) => `${path} gibt es nicht oder lässt sich nicht lesen.`,
  notADay: (text: string) => `„${text}“ ist kein Tag der Form 2026-12-31.`,
  notSigned: "Was der Server liefert, hat niemand aus dieser Organisation unterschrieben.",
  agreement: {
    unreadable: (file: string, what: string) => `${file}: ${what}`,
    markup: (text: string) => `In „${text}“ steht eine Auszeichnung oder ein Link; erlaubt ist nur Text.`,
    notAllowed: (text: string) =>
      `„${text}“ ist weder Überschrift (#, ##) noch Absatz; Listen, Tabellen und anderes sind nicht erlaubt.`,
    headingTooLong: (text: string) => `Die Überschrift „${text}“ ist länger als 120 Zeichen.`,
    paragraphTooLong: (text: string) => `Der Absatz „${text}“ ist länger als 4.000 Zeichen.`,
    oneTitle: (text: string) => `„${text}“: Der Titel (#) steht genau einmal, ganz oben.`,
    noTitle: "Der Titel (#) fehlt.",
    noSections: "Es gibt keinen Abschnitt (##).",
    withoutHeading: (text: string) => `Der Absatz „${text}“ steht unter keiner Überschrift (##).`,
    emptySection: (text: string) => `Der Abschnitt „${text}“ ist leer.`,
    tooMany: (max: number) => `Mehr als ${max} Abschnitte, oder Absätze in einem Abschnitt.`,
    unchanged: (version: number) => `Das ist schon Fassung ${version}; nichts wurde unterschrieben.`,
    signs: (made: { title: string; version: number; sections: number }) =>
      `  „${made.title}“, Fassung ${made.version}, ${counted(made.sections, "Abschnitt", "Abschnitte")}.`,
    germanForBoth: "  Eine englische Fassung fehlt (--english): Der deutsche Text gilt für beide Sprachen.",
    from: (date: string) =>
      `  Sie gilt ab ${date}; wer sie nicht annimmt, kann NIMes ab dann nicht mehr öffnen.`,
    published: (version: number) => `Fassung ${version} der Nutzungsvereinbarung ist beim Server.`,
  },
  policy: {
    notASetting: (text: string, names: string) =>
      `„${text}“ ist keine Einstellung der Form name=wert; Namen: ${names}.`,
    notYesNo: (text: string) => `„${text}“ ist weder ja noch nein.`,
    outOfRange: (given: { name: string; text: string; least: string; most: string }) =>
      `${given.name}=${given.text} geht nicht: erlaubt sind ${given.least} bis ${given.most} (etwa 30s, 5m, 2h, 7d).`,
    unchanged: "Das gilt schon; nichts wurde unterschrieben.",
    signs: (version: number) => `  Die Richtlinie, Fassung ${version}. Es ändert sich:`,
    change: (what: string, from: string, to: string) => `  ${what}: ${from} → ${to}`,
    closesPrivate: "  Private Geräte werden sofort gesperrt, bis sie wieder zugelassen sind.",
    offlineOpens:
      "  Öffnen ohne Netz: Solange ein Gerät kein Netz hat, erreicht es weder Sperren noch Löschen. Wer den Passkey des Geräts benutzen kann und eine Kopie seines Speichers von vor dem Befehl hat, öffnet diese mit zurückgestellter Uhr auch später noch.",
    serverLost: (version: number) =>
      `Der Server kennt Fassung ${version} der Richtlinie nicht, die hier unterschrieben wurde: erst „nimes upload“, dann noch einmal.`,
    set: (version: number) => `Fassung ${version} der Richtlinie ist beim Server.`,
    noneYet: "Noch keine Richtlinie: Es gelten die Vorgaben.",
    version: (version: number) => `Richtlinie, Fassung ${version}`,
    className: (deviceClass: DeviceClass): string =>
      deviceClass === "service" ? "Dienstgeräte" : "Private Geräte",
    privateDevices: "Private Geräte zugelassen",
    settings: {
      lock: "Sperre ohne Eingabe (lock)",
      background: "Sperre im Hintergrund (background)",
      expiry: "Nachrichten werden gelöscht (expiry)",
      offline: "Öffnen ohne Netz (offline)",
      pictures: "Bilder erlaubt (pictures)",
      pin: "PIN mindestens (pin)",
    },
    yes: "ja",
    no: "nein",
    never: "nie",
    atOnce: "sofort",
    characters: (count: number) => `${count} Zeichen`,
    duration: (count: number, unit: Unit) => `${count} ${unitNames[unit][count === 1 ? 0 : 1]}`,
  },
  device: {
    signsQuery: (name: string) => `  Anfrage nach den Geräten von ${name}.`,
    signsNameQuery: (name: string) =>
      `  Anfrage, wer „${name}“ ist: Auf diesem Rechner ist niemand aufgenommen, der so heißt.`,
    found: (name: string, unit: string, id: string) => `Gemeint ist ${name}, ${unit} (Kennung ${id}).`,
    wholeName: (name: string, id: string) =>
      `Löschen lässt sich nicht zurücknehmen. Ist ${name} gemeint, dann noch einmal mit dem ganzen Namen oder der Kennung ${id}.`,
    signsOrder: {
      lock: "  Jedes Gerät dieser Person wird gesperrt: sofort, wenn es Netz hat, sonst bei seiner nächsten Meldung.",
      unlock: "  Jedes Gerät dieser Person lässt sich wieder öffnen.",
      wipe: "  Alles von NIMes auf jedem Gerät dieser Person wird unwiderruflich gelöscht; danach hilft nur ein neuer Brief.",
    },
    orderOverrun: (kind: OrderKind, device: string, reason: string) =>
      `Die Anordnung „${{ lock: "sperren", unlock: "entsperren", wipe: "löschen" }[kind]}“ (${reason}) an das Gerät ${device} hatte der Server verloren, und eine andere hat seither ihre Nummer. Soll sie gelten, noch einmal anordnen.`,
    signsReason: (reason: string) => `  Grund, der dort angezeigt wird: ${reason}`,
    noReason: "Ohne Angabe",
    reasonTooLong: (max: number) => `Der Grund darf höchstens ${max} Zeichen haben.`,
    none: (name: string) => `${name} hat kein Gerät, für das das gilt.`,
    unsound: "Der Server zeigt ein Gerät, das nicht zu dieser Person gehört; es bleibt unberücksichtigt.",
    notAttested: "Achtung: Kein hier bekannter Brief hat dieses Gerät aktiviert.",
    notKnownHere:
      "Diese Person wurde nicht auf diesem Rechner aufgenommen; geprüft ist nur die Unterschrift des Gerätes.",
    sent: {
      lock: (device: string) => `Sperre für ${device} ist beim Server.`,
      unlock: (device: string) => `Entsperrung für ${device} ist beim Server.`,
      wipe: (device: string) =>
        `Löschung für ${device} ist beim Server; was zum Öffnen nötig war, ist dort zerstört.`,
    },
    askLater: (user: string) => `Ob das Gerät es ausgeführt hat, zeigt „nimes device show ${user}“.`,
    describe: (deviceClass: DeviceClass, since: string, id: string) =>
      `${deviceName(deviceClass)} ${id} seit ${since}`,
    inUse: "in Gebrauch",
    ended: "beendet",
    destroyed: "gelöscht",
    accepted: (version: number) =>
      version === 0 ? "keine Vereinbarung angenommen" : `Vereinbarung ${version} angenommen`,
    order: {
      lock: (at: string, reason: string) => `Gesperrt am ${at}, Grund: ${reason}`,
      unlock: (at: string, reason: string) => `Entsperrt am ${at}, Grund: ${reason}`,
      wipe: (at: string, reason: string) => `Löschung angeordnet am ${at}, Grund: ${reason}`,
    },
    confirmed: (at: string) => `vom Gerät bestätigt am ${at}`,
    notConfirmed: "noch nicht bestätigt",
  },
  release: {
    keyMade:
      "Schlüssel „release“ gemacht. Öffentlicher Teil, für „nimes release trust --public-key“ bei der Wurzel:",
    keyMissing:
      "Hier liegt kein Schlüssel „release“: „nimes release key“ macht einen, --public-key nennt ihn.",
    trusts: (key: string) => `  Wer den Schlüssel ${key} hat, darf Versionen der Anwendung unterschreiben.`,
    distrusts: (key: string) => `  Der Schlüssel ${key} gilt nicht mehr für neue Versionen der Anwendung.`,
    trusted: "Der Schlüssel gilt.",
    distrusted:
      "Der Schlüssel gilt nicht mehr, sobald die nächste Version ausgeliefert ist: sie bringt diese Fassung der Organisation mit.",
    alreadyTrusted: "Dieser Schlüssel gilt schon.",
    notTrusted: (key: string) =>
      `Der Schlüssel ${key} gilt in dieser Organisation nicht: erst „nimes release trust“ bei der Wurzel, dann hier „nimes update“.`,
    clock: (last: string) =>
      `Die letzte Version wurde am ${last} unterschrieben, und das liegt nach der Uhr dieses Rechners. Geräte nähmen eine ältere nicht an: Uhr prüfen.`,
    notAnApp: (folder: string) => `In ${folder} liegt keine gebaute Anwendung (index.html fehlt).`,
    organisationEnded:
      "Die Fassung der Organisation ist abgelaufen: erst an der Wurzel eine neue unterschreiben, dann hier „nimes update“.",
    hiddenFile: (path: string) =>
      `${path} beginnt mit einem Punkt: Server liefern so etwas nicht aus, und es gehört selten in eine Anwendung. Bitte entfernen.`,
    notAFile: (path: string) =>
      `${path} ist ein Verweis oder sonst keine Datei; unterschrieben werden nur Dateien, die in diesem Ordner liegen.`,
    oddName: (path: string) => `Der Dateiname ${path} hat Zeichen, die hier nicht erlaubt sind.`,
    tooLarge: (files: number, kilobytes: number) =>
      `${files} Dateien mit ${kilobytes} KiB sind mehr, als Geräte annehmen (1000 Dateien, 96 MiB, je Datei 32 MiB).`,
    notAVersion: (text: string) =>
      `„${text}“ ist keine Version aus 1 bis 40 Zeichen (Buchstaben, Ziffern, . + -).`,
    signs: (made: { version: string; files: number; kilobytes: number }) =>
      `  Version ${made.version} der Anwendung besteht aus genau ${counted(made.files, "Datei", "Dateien")} (${made.kilobytes} KiB), mit diesen Prüfwerten.`,
    number: (version: string, time: number) =>
      `Version ${version} hat die Nummer ${time}: „nimes release verify --at-least ${time}“ nimmt keine ältere an.`,
    signed: (path: string) => `Unterschrieben: ${path}. Öffentlicher Schlüssel:`,
    noKey: "Woran soll geprüft werden? --root mit dem Prüfwert der Wurzel oder --public-key angeben.",
    noManifest: (address: string) => `${address} liefert keine unterschriebene Version.`,
    notSigned: (address: string) =>
      `Was ${address} liefert, ist nicht mit einem gültigen Schlüssel dieser Organisation unterschrieben.`,
    organisationBehind: (theirs: number, ours: number) =>
      `Der Server liefert Fassung ${theirs} der Organisation, dieser Rechner kennt schon ${ours}`,
    behind: (theirs: string, at: string, least: string) =>
      `Der Server liefert Version ${theirs} vom ${at}; erwartet ist mindestens die vom ${least}`,
    notANumber: (text: string) =>
      `„${text}“ ist keine Nummer einer Version, wie „release sign“ und „release verify“ sie ausgeben.`,
    header: (name: string, count: number, path: string) =>
      `Die Kopfzeile ${name} fehlt oder ist anders bei ${counted(count, "Datei", "Dateien")}, z. B. ${path}`,
    twoFaced: (path: string) => `${path} ist für den Browser eine andere Datei als für andere Programme`,
    noServiceWorker: (path: string) => `${path} gehört nicht zu den unterschriebenen Dateien`,
    missing: (path: string) => `${path} fehlt`,
    differs: (path: string) => `${path} ist anders als unterschrieben`,
    untrue: (version: string, count: number) =>
      `Der Server liefert nicht genau Version ${version}: ${counted(count, "Abweichung", "Abweichungen")}.`,
    verified: (made: { version: string; files: number; signedAt: string }) =>
      `Der Server liefert Version ${made.version}: alle ${made.files} Dateien sind wie unterschrieben am ${made.signedAt}, alle Kopfzeilen wie vorgesehen.`,
  },
  help: {
    agreement: "Nutzungsvereinbarung",
    agreementPublish:
      "veröffentlicht eine Fassung der Nutzungsvereinbarung aus Markdown (Schlüssel der Richtlinie)",
    agreementEnglish: "englische Fassung; sonst die Datei daneben, die auf .en.md endet",
    agreementFrom: "Tag, ab dem sie gilt, z. B. 2026-12-31; sonst sofort",
    policy: "Richtlinie",
    policyShow: "zeigt, was auf Geräten gilt",
    policySet: "ändert, was auf Geräten gilt (Schlüssel der Richtlinie)",
    policyService:
      "Einstellung für Dienstgeräte, mehrfach: lock=5m background=1m expiry=7d offline=0 pictures=ja pin=8",
    policyPrivate: "dasselbe für private Geräte",
    policyPrivateDevices: "ja oder nein: ob private Geräte überhaupt zugelassen sind",
    device: "Geräte einer Person (Schlüssel zum Sperren)",
    deviceShow: "zeigt die Geräte, ihre Anordnungen und was bestätigt ist",
    deviceLock: "sperrt die Geräte einer Person",
    deviceUnlock: "hebt die Sperre auf",
    deviceWipe: "löscht NIMes auf den Geräten einer Person unwiderruflich",
    deviceReason: "Grund; wird auf dem Gerät angezeigt",
    newDevice: "für ein neues Gerät: beendet alle bisherigen, sobald der Brief benutzt ist",
    release: "Versionen der Anwendung",
    releaseKey: "macht den Schlüssel, der Versionen unterschreibt",
    releaseTrust: "lässt einen Schlüssel für Versionen gelten (Schlüssel der Wurzel)",
    releaseTrustKey: "öffentlicher Schlüssel, den „nimes release key“ ausgab; sonst der in diesem Ordner",
    releaseDistrust: "lässt einen Schlüssel nicht mehr gelten (Schlüssel der Wurzel)",
    releaseSign: "unterschreibt die Prüfwerte aller Dateien einer gebauten Anwendung",
    releaseVersion: "Name der Version; sonst Datum und Uhrzeit",
    releaseVerify: "prüft, ob ein Server genau die unterschriebene Version liefert",
    releaseRoot: "Prüfwert der Wurzel, wie „nimes show“ ihn ausgibt; sonst der dieses Ordners",
    releaseAtLeast: "Nummer der ältesten Version, die gilt; sonst die neueste, die dieser Ordner kennt",
    releasePublicKey: "genau dieser Schlüssel muss unterschrieben haben",
  },
};
