/** What the pilot says, in German and English. */
import type { Language } from "@nimes/protocol/errors";

const german = {
  help: {
    about:
      "Startet einen ganzen Piloten auf diesem Rechner: Server, Messenger, Organisation, simulierte Kräfte.",
    port: "Port, unter dem alles erreichbar ist; 0 nimmt einen freien",
    data: "Ordner mit allen Daten; beim nächsten Start geht es damit weiter",
    officers: "so viele simulierte Kräfte antworten",
    json: "schreibt eine Zeile JSON, wenn alles bereit ist",
    help: "diese Hilfe",
  },
  notAPort: (text: string) => `„${text}“ ist kein Port: erlaubt sind 0 bis 65535.`,
  notACount: (text: string, max: number) => `„${text}“ ist keine Zahl von 0 bis ${max}.`,
  portTaken: (port: number) =>
    `Port ${port} ist belegt: das andere Programm beenden oder mit --port einen anderen wählen.`,
  portForbidden: (port: number) =>
    `Port ${port} darf dieser Benutzer nicht öffnen: mit --port einen über 1023 wählen.`,
  folderNotWritable: (folder: string) =>
    `Der Datenordner ${folder} lässt sich nicht schreiben: Rechte prüfen oder --data angeben.`,
  alreadyRunning: (folder: string, pid: number, file: string) =>
    `Mit den Daten in ${folder} läuft schon ein Pilot (Prozess ${pid}). Läuft er nicht mehr: ${file} löschen.`,
  damaged: (path: string) =>
    `${path} ist beschädigt: aus einer Sicherung wiederherstellen oder mit --data neu beginnen.`,
  begunAnew: (folder: string) =>
    `Die Daten sind von einer früheren Fassung, die diese nicht lesen kann: Der Pilot beginnt neu, die alten liegen unberührt in ${folder}.`,
  building: "Der Messenger wird gebaut …",
  buildFailed: "Der Messenger ließ sich nicht bauen; die Meldung steht darüber.",
  serverFailed: (file: string) => `Der Server startet nicht; Näheres steht in ${file}.`,
  serverDied: (how: string) => `Der Server ist unerwartet beendet worden (${how}) und wird neu gestartet.`,
  serverBack: "Der Server ist wieder da.",
  serverGaveUp: (times: number) =>
    `Der Server ist ${times}-mal hintereinander nicht gestartet; der Pilot endet.`,
  founding: "Die Organisation wird angelegt …",
  officersComing: "Die simulierten Kräfte melden sich an …",
  officersLost:
    "Der letzte Lauf endete ohne Sichern: Die simulierten Kräfte von damals antworten nicht mehr, neue mit anderen Namen sind da.",
  officerFailed: (name: string, sentence: string) => `${name} konnte nicht anfangen: ${sentence}`,
  officerStopped: (name: string) => `${name} antwortet nach einem Fehler nicht mehr.`,
  running: (url: string) => `NIMes läuft: ${url}`,
  links: (until: string) => `Zum Mitmachen öffnen (jeder Link gilt einmal, bis ${until}):`,
  noLinks: "Alle Links sind benutzt.",
  goOn: "Schon dabei, weiter geht es unter:",
  answering: (names: string) => `Es antworten: ${names}.`,
  linksStay:
    "Ein Link bleibt mit dem Geheimnis in Verlauf und Sitzungen des Browsers; echte Briefe werden deshalb in der App gescannt oder eingetippt.",
  privateWindow: (address: string) =>
    `Findet der Browser Namen wie anna.localhost nicht: im Link durch localhost ersetzen (${address}/#…) und jeden Link in einem eigenen Browserprofil öffnen.`,
  phone: "Ein Telefon braucht einen Server mit TLS: „npm start“, siehe docs/operation.md.",
  ctrlC: "Strg-C beendet alles; beim nächsten Start geht es hier weiter.",
  ending: "Wird beendet …",
  notSaved: "Die simulierten Kräfte konnten nicht gesichert werden; beim nächsten Start kommen neue.",
};
export type PilotTexts = typeof german;

const english: PilotTexts = {
  help: {
    about: "Starts a whole pilot on this computer: server, messenger, organisation, simulated officers.",
    port: "port where everything is reached; 0 takes a free one",
    data: "folder with all data; the next start goes on with it",
    officers: "so many simulated officers answer",
    json: "writes one line of JSON when everything is ready",
    help: "this help",
  },
  notAPort: (text) => `"${text}" is not a port: 0 to 65535 are allowed.`,
  notACount: (text, max) => `"${text}" is not a number from 0 to ${max}.`,
  portTaken: (port) => `Port ${port} is taken: end the other program, or choose another with --port.`,
  portForbidden: (port) => `Port ${port} may not be opened by this user: choose one above 1023 with --port.`,
  folderNotWritable: (folder) =>
    `The data folder ${folder} cannot be written: check permissions, or give --data.`,
  alreadyRunning: (folder, pid, file) =>
    `A pilot runs with the data in ${folder} already (process ${pid}). If it does not run any more: delete ${file}.`,
  damaged: (path) => `${path} is damaged: restore it from a backup, or begin anew with --data.`,
  begunAnew: (folder) =>
    `The data is from an earlier release that this one cannot read: the pilot begins anew, the old data lies untouched in ${folder}.`,
  building: "Building the messenger …",
  buildFailed: "The messenger could not be built; the message stands above.",
  serverFailed: (file) => `The server does not start; ${file} says more.`,
  serverDied: (how) => `The server ended unexpectedly (${how}) and is started again.`,
  serverBack: "The server is back.",
  serverGaveUp: (times) => `The server did not start ${times} times in a row; the pilot ends.`,
  founding: "Making the organisation …",
  officersComing: "The simulated officers are signing in …",
  officersLost:
    "The last run ended without saving: its simulated officers do not answer any more, new ones with other names are here.",
  officerFailed: (name, sentence) => `${name} could not begin: ${sentence}`,
  officerStopped: (name) => `${name} does not answer any more after a fault.`,
  running: (url) => `NIMes is running: ${url}`,
  links: (until) => `Open one to join (each link works once, until ${until}):`,
  noLinks: "All links have been used.",
  goOn: "Joined already, go on at:",
  answering: (names) => `These answer: ${names}.`,
  linksStay:
    "A link stays with its secret in the browser's history and sessions; real letters are scanned or typed in the app instead.",
  privateWindow: (address) =>
    `If the browser does not find names like anna.localhost: replace it by localhost in the link (${address}/#…) and open each link in a browser profile of its own.`,
  phone: 'A phone needs a server with TLS: "npm start", see docs/operation.md.',
  ctrlC: "Ctrl-C ends everything; the next start goes on from here.",
  ending: "Ending …",
  notSaved: "The simulated officers could not be saved; new ones come at the next start.",
};

export const pilotTexts = (language: Language): PilotTexts => (language === "en" ? english : german);
