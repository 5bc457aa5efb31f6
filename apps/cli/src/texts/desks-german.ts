/** What the command line says of desks that end, of attesting again and of transfers, in German. */
export const germanDesks = {
  keyUnknown: (text: string) =>
    `Für „${text}“ steht kein Schlüssel einer Registrierungsstelle in der Organisation.`,
  keyAmbiguous: (text: string) => `„${text}“ ist der Anfang mehrerer Schlüssel; bitte mehr davon angeben.`,
  nameTaken: (name: string) =>
    `Eine Registrierungsstelle „${name}“ steht schon in der Organisation; ein anderer Schlüssel braucht einen anderen Namen.`,
  alreadyRetired: (key: string, date: string) =>
    `Der Schlüssel ${key} ist schon beendet, seit ${date}; nichts wurde unterschrieben.`,
  hasEnded: (name: string, date: string) =>
    `Der Schlüssel der Registrierungsstelle „${name}“ ist seit ${date} beendet und nimmt niemanden mehr auf.`,
  endsSoon: (name: string, date: string) =>
    `Der Schlüssel „${name}“ endet am ${date}: vorher an der Wurzel mit „nimes desk prolong“ verlängern, oder hier mit „nimes desk key“ den nächsten machen und ihn an der Wurzel mit „nimes desk add“ aufnehmen.`,
  endedForGood: (key: string, date: string) =>
    `Der Schlüssel ${key} ist seit ${date} beendet; ein beendeter wird nicht verlängert. Einen neuen aufnehmen („nimes desk add“).`,
  countsAsLong: (key: string, date: string) =>
    `Der Schlüssel ${key} zählt schon bis ${date}, länger als zwei Jahre geht nicht; nichts wurde unterschrieben.`,
  unitWithoutDesk:
    "Dort nimmt noch keine Registrierungsstelle Personen auf: „nimes desk add“ nimmt eine auf, --desk nennt eine, die es gibt.",
  onlyDesk: "Das ist der einzige Schlüssel; zuerst einen anderen aufnehmen („nimes desk add“).",
  // What will be signed
  signsRetire: (key: string, units: string) =>
    `  Der Schlüssel ${key} (${units}) endet jetzt. Was er bis heute bescheinigt hat, gilt weiter; neue Briefe unterschreibt er nicht mehr.`,
  signsRemove: (key: string, units: string) =>
    `  Der Schlüssel ${key} (${units}) gilt als gestohlen: Nichts gilt mehr, was er je unterschrieben hat.`,
  signsProlong: (key: string, units: string, date: string) =>
    `  Der Schlüssel ${key} (${units}) zählt länger, bis ${date}. Was er bescheinigt hat, gilt wie zuvor.`,
  signsQuery: (key: string) => `  Eine Frage an den Server: wen der Schlüssel ${key} bescheinigt hat.`,
  signsAgain: (key: string) =>
    `  Bescheinigungen des Schlüssels ${key} noch einmal: dieselben Personen, Geräte und Briefe.`,
  signsTransfer: (name: string, from: string, to: string) =>
    `  ${name} wechselt von „${from}“ zu „${to}“. Die Registrierungsstelle dort darf den nächsten Brief ausstellen.`,
  signsTakeOver:
    "  Die Person kommt von einer anderen Dienststelle; deren Registrierungsstelle hat sie abgegeben.",
  // Whom it ends
  ends: (count: number) =>
    count === 0
      ? "Niemand verliert dadurch sein Gerät."
      : count === 1
        ? "Eine Person verliert dadurch ihr Gerät, falls keine andere Registrierungsstelle sie zuvor noch einmal bescheinigt:"
        : `${count} Personen verlieren dadurch ihre Geräte, falls keine andere Registrierungsstelle sie zuvor noch einmal bescheinigt:`,
  saveFirst: (key: string) =>
    `Ehrliche Personen zuerst retten: auf dem Rechner einer anderen Registrierungsstelle dieser Dienststelle „nimes desk reattest ${key}“. Das geht auch nachher; bis dahin kommen sie nicht hinein.`,
  onlyFromHere: "Kein Server bekannt: Das ist nur, wer auf diesem Rechner aufgenommen wurde.",
  unsound:
    "Der Server nennt Bescheinigungen, die dieser Schlüssel nicht unterschrieben hat. Sie zählen nicht.",
  line: (person: { name: string; unit: string; function: string; used: boolean; id: string }) =>
    [
      person.name,
      person.function,
      person.unit,
      person.used ? "Gerät aktiviert" : "Brief noch nicht benutzt",
      person.id,
    ]
      .filter((fact) => fact !== "")
      .join(" · "),
  // Results
  retired: (key: string) => `Der Schlüssel ${key} ist beendet.`,
  prolonged: (key: string, date: string) =>
    `Der Schlüssel ${key} zählt bis ${date}. Auf dem Rechner der Registrierungsstelle: „nimes update“.`,
  removed: (key: string) =>
    `Der Schlüssel ${key} ist gestrichen. Richtlinie und Sperrbefehle bleiben; Briefe und Geräte, die nur er bescheinigt hat, gelten nicht mehr.`,
  choose:
    "Noch ist nichts unterschrieben. Die Liste prüfen, dann noch einmal mit --all, mit --only für einzelne oder mit --all --except für alle außer einzelnen.",
  nobody: "Für die Dienststellen dieses Schlüssels gibt es niemanden zu bescheinigen.",
  nobodyMeant: (text: string) =>
    `„${text}“ passt auf niemanden in der Liste dieses Schlüssels. Nichts wurde unterschrieben.`,
  notOther: "Dieselbe Registrierungsstelle kann sich nicht selbst ersetzen.",
  again: (count: number) =>
    count === 1
      ? "Eine Person ist noch einmal bescheinigt."
      : `${count} Personen sind noch einmal bescheinigt.`,
  notAgain: (name: string, sentence: string) => `${name} nicht: ${sentence}`,
  sameUnit: "Die Person gehört schon zu dieser Dienststelle.",
  transferred: (name: string) => `${name} ist abgegeben. Auf dem Rechner der anderen Registrierungsstelle:`,
  needsNameAndGeneration:
    "Diese Person ist hier nicht bekannt: Kennung, --name und --after angeben, wie „nimes user transfer“ sie nennt.",
  notAGeneration: (text: string) => `„${text}“ ist keine Zahl ab 1.`,
  help: {
    retire:
      "beendet den Schlüssel einer Registrierungsstelle; was er bescheinigt hat, gilt weiter (Schlüssel der Wurzel)",
    remove:
      "streicht einen gestohlenen Schlüssel; nichts gilt mehr, was er bescheinigt hat (Schlüssel der Wurzel)",
    prolong: "lässt den Schlüssel einer Registrierungsstelle noch zwei Jahre zählen (Schlüssel der Wurzel)",
    reattest:
      "bescheinigt noch einmal, wen ein anderer Schlüssel der Dienststelle bescheinigt hat, ohne neue Briefe",
    all: "alle aus der Liste",
    only: "nur diese Person (Kennung oder Name), mehrfach erlaubt",
    except: "diese Person nicht (Kennung oder Name), mehrfach erlaubt",
    transfer: "gibt eine Person an eine andere Dienststelle ab",
    transferTo: "Dienststelle, die sie aufnimmt",
    transferRoot: "unterschreibt mit dem Schlüssel der Wurzel statt dem der Registrierungsstelle",
    takeOver: "nimmt eine abgegebene Person auf und druckt den Brief für ihr neues Gerät",
    takeOverName: "Name der Person, falls sie hier nicht bekannt ist",
    takeOverAfter: "bisherige Generation, wie „nimes user transfer“ sie nennt",
  },
};
