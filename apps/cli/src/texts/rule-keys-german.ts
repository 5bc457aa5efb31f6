/** What the command line says of the keys that sign rules and orders, in German. */
type Role = "policy" | "revocation";
const roleNames = {
  policy: "Richtlinie und Nutzungsvereinbarung",
  revocation: "Sperren und Löschen",
} as const;

export const germanRuleKeys = {
  made: (role: Role, name: string) =>
    `Schlüssel „${name}“ gemacht. Öffentlicher Teil, für „nimes ${role} trust --public-key“ bei der Wurzel:`,
  missing: (role: Role) =>
    `Hier liegt kein Schlüssel dafür: „nimes ${role} key“ macht einen, --public-key nennt ihn.`,
  noneCounts: (role: Role) =>
    `Kein Schlüssel auf diesem Rechner gilt für ${roleNames[role]}: erst „nimes ${role} key“ hier, dann „nimes ${role} trust“ bei der Wurzel und hier „nimes update“.`,
  alreadyCounts: "Dieser Schlüssel gilt schon.",
  unknown: (text: string) => `„${text}“ ist kein Schlüssel, der in dieser Organisation dafür gilt.`,
  only: (role: Role) =>
    `Das ist der einzige Schlüssel dafür; zuerst einen anderen gelten lassen („nimes ${role} trust“).`,
  signsTrust: {
    policy: (key: string) => `  Wer den Schlüssel ${key} hat, bestimmt Richtlinie und Nutzungsvereinbarung.`,
    revocation: (key: string) => `  Wer den Schlüssel ${key} hat, sperrt, entsperrt und löscht Geräte.`,
  },
  signsDistrust: {
    policy: (key: string) =>
      `  Der Schlüssel ${key} gilt nicht mehr: Keine Richtlinie und keine Vereinbarung gilt, die er je unterschrieben hat.`,
    revocation: (key: string) =>
      `  Der Schlüssel ${key} gilt nicht mehr: Keine Anordnung gilt, die er je unterschrieben hat.`,
  },
  trusted: (role: Role) =>
    `Der Schlüssel gilt. Wo er liegt: „nimes update“; von da an unterschreibt er ${role === "policy" ? "Richtlinie und Vereinbarung" : "Anordnungen"}.`,
  distrusted: (key: string) =>
    `Der Schlüssel ${key} ist gestrichen, und mit ihm alles, was er unterschrieben hat. Was Geräte schon gelöscht hat, bleibt gelöscht.`,
  // What holds no more
  policyEnds: (version: number) =>
    `Fassung ${version} der Richtlinie gilt dann nicht mehr, und ohne eine andere das Übliche.`,
  agreementEnds: (version: number) =>
    `Fassung ${version} der Nutzungsvereinbarung gilt dann nicht mehr; wer sie angenommen hat, wird nach der nächsten gefragt.`,
  noRuleEnds: "Was beim Server gilt, hat ein anderer Schlüssel unterschrieben; es bleibt.",
  rulesMayEnd: "Kein Server bekannt: Was dieser Schlüssel dort unterschrieben hat, gilt dann nicht mehr.",
  signAgainFirst:
    "Zuerst mit dem nächsten Schlüssel noch einmal unterschreiben: „nimes policy set“, „nimes agreement publish DATEI“. Das geht auch nachher.",
  ordersEnd:
    "Geräte, die dieser Schlüssel gesperrt hat, lassen sich dann wieder öffnen; die er entsperrt hat, sind wieder gesperrt, wenn sie es vorher waren. Verlorene zuerst mit dem nächsten Schlüssel noch einmal sperren: „nimes device lock“.",
  help: {
    revocation: "Schlüssel, der Geräte sperrt und löscht",
    key: "macht den nächsten Schlüssel dafür, auf dem Rechner dessen, der ihn hat",
    trust: "lässt einen Schlüssel dafür gelten (Schlüssel der Wurzel)",
    trustKey: "öffentlicher Schlüssel, den „key“ ausgab; sonst der neueste in diesem Ordner",
    distrust:
      "streicht einen gestohlenen Schlüssel und alles, was er unterschrieben hat (Schlüssel der Wurzel)",
  },
  again: "  Dieselben Einstellungen wie bisher, mit diesem Schlüssel.",
};
