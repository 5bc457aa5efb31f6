/**
 * Every error that crosses the wire or reaches a person, one row each: HTTP status, whether trying again can
 * help, and what people read. Sentences say what happened and what to do; they never carry input or secrets.
 */
type ErrorRow = { status: number; retry: boolean; de: string; en: string };

export const errorTable = {
  // Input
  malformed: {
    status: 400,
    retry: false,
    de: "Die Anfrage war fehlerhaft. Bitte die App aktualisieren.",
    en: "The request was malformed. Please update the app.",
  },
  "too-large": {
    status: 413,
    retry: false,
    de: "Das ist zu groß zum Senden.",
    en: "This is too large to send.",
  },
  "not-found": { status: 404, retry: false, de: "Das gibt es nicht.", en: "There is no such thing." },
  forbidden: {
    status: 403,
    retry: false,
    de: "Dazu fehlt die Berechtigung.",
    en: "You are not permitted to do this.",
  },
  "wrong-origin": {
    status: 403,
    retry: false,
    de: "Diese Adresse gehört nicht zu diesem Server.",
    en: "This address does not belong to this server.",
  },
  "too-many": {
    status: 429,
    retry: true,
    de: "Zu viele Anfragen. Es geht gleich von selbst weiter.",
    en: "Too many requests. It goes on by itself in a moment.",
  },
  internal: {
    status: 500,
    retry: true,
    de: "Der Server hat einen Fehler. Es wird von selbst erneut versucht.",
    en: "The server has a fault. It tries again by itself.",
  },
  unavailable: {
    status: 503,
    retry: true,
    de: "Der Server ist gerade nicht bereit. Es wird von selbst erneut versucht.",
    en: "The server is not ready. It tries again by itself.",
  },
  "storage-full": {
    status: 507,
    retry: true,
    de: "Der Server hat keinen Platz mehr. Bitte die IT-Betreuung verständigen.",
    en: "The server has no space left. Please tell your IT service.",
  },
  "no-network": {
    status: 0,
    retry: true,
    de: "Kein Netz. Es geht von selbst weiter, sobald wieder Netz da ist.",
    en: "No network. It goes on by itself as soon as there is one.",
  },
  // Sign-in
  "nonce-required": {
    status: 401,
    retry: true,
    de: "Die Anmeldung wird erneuert.",
    en: "The sign-in is being renewed.",
  },
  unauthorised: {
    status: 401,
    retry: false,
    de: "Dieses Gerät ist nicht angemeldet.",
    en: "This device is not signed in.",
  },
  "device-ended": {
    status: 401,
    retry: false,
    de: "Dieses Gerät gehört nicht mehr dazu. Ein neuer Aktivierungsbrief hilft weiter.",
    en: "This device no longer belongs to the circle. A new activation letter helps.",
  },
  // The second step
  "pin-wrong": {
    status: 401,
    retry: false,
    de: "Die PIN ist falsch.",
    en: "The PIN is wrong.",
  },
  "pin-wait": {
    status: 429,
    retry: true,
    de: "Nach mehreren falschen Eingaben ist eine Pause nötig.",
    en: "After several wrong entries a pause is needed.",
  },
  "pin-unsuitable": {
    status: 400,
    retry: false,
    de: "Diese PIN ist zu kurz oder zu leicht zu erraten. Bitte eine andere wählen.",
    en: "This PIN is too short or too easy to guess. Please choose another.",
  },
  "capsule-destroyed": {
    status: 410,
    retry: false,
    de: "Die Daten auf diesem Gerät wurden unwiderruflich gelöscht. Ein neuer Aktivierungsbrief hilft weiter.",
    en: "The data on this device was destroyed for good. A new activation letter helps.",
  },
  "capsule-damaged": {
    status: 0,
    retry: false,
    de: "Die Daten auf diesem Gerät wurden verändert und werden nicht gezeigt. Ein neuer Aktivierungsbrief hilft weiter.",
    en: "The data on this device has been changed and is not shown. A new activation letter helps.",
  },
  "device-locked": {
    status: 423,
    retry: true,
    de: "Dieses Gerät wurde gesperrt. Die Registrierungsstelle weiß mehr.",
    en: "This device was locked. The enrolment desk knows more.",
  },
  "private-not-allowed": {
    status: 403,
    retry: true,
    de: "Private Geräte sind zurzeit nicht zugelassen.",
    en: "Private devices are not allowed at present.",
  },
  "agreement-required": {
    status: 403,
    retry: false,
    de: "Vorher ist die Nutzungsvereinbarung zu lesen und anzunehmen.",
    en: "The usage agreement has to be read and accepted first.",
  },
  "not-opened": {
    status: 401,
    retry: false,
    de: "Dafür muss NIMes mit der PIN geöffnet sein.",
    en: "NIMes has to be opened with the PIN for this.",
  },
  "passkey-refused": {
    status: 401,
    retry: false,
    de: "Der Passkey wurde nicht angenommen. Bitte die PIN eingeben.",
    en: "The passkey was not accepted. Please enter the PIN.",
  },
  "offline-opening-ended": {
    status: 0,
    retry: true,
    de: "Ohne Netz lässt sich NIMes jetzt nicht öffnen. Bitte mit Netz erneut versuchen.",
    en: "NIMes cannot be opened without network now. Please try again with network.",
  },
  "not-allowed-by-policy": {
    status: 0,
    retry: false,
    de: "Das ist auf diesem Gerät nicht zugelassen.",
    en: "This is not allowed on this device.",
  },
  // Activation
  "activation-mistyped": {
    status: 400,
    retry: false,
    de: "Der Aktivierungslink ist unvollständig oder falsch abgeschrieben. Bitte mit dem Brief vergleichen.",
    en: "The activation link is incomplete or mistyped. Please compare it with the letter.",
  },
  "activation-unknown": {
    status: 404,
    retry: false,
    de: "Diesen Aktivierungslink kennt der Server nicht. Bitte mit dem Brief vergleichen oder einen neuen holen.",
    en: "The server does not know this activation link. Please compare it with the letter or get a new one.",
  },
  "activation-expired": {
    status: 410,
    retry: false,
    de: "Dieser Aktivierungslink ist abgelaufen. Die Registrierungsstelle stellt einen neuen aus.",
    en: "This activation link has expired. The enrolment desk issues a new one.",
  },
  "activation-used": {
    status: 409,
    retry: false,
    de: "Dieser Aktivierungslink wurde schon benutzt. Wer das nicht selbst war, meldet es sofort der Registrierungsstelle.",
    en: "This activation link has already been used. If that was not you, tell the enrolment desk at once.",
  },
  "activation-foreign": {
    status: 409,
    retry: false,
    de: "Dieser Aktivierungslink gehört zu einer anderen Organisation als dieser Server.",
    en: "This activation link belongs to another organisation than this server.",
  },
  "activation-swapped": {
    status: 409,
    retry: false,
    de: "Der Server hat einen fremden Schlüssel eingetragen. Die Aktivierung wurde abgebrochen. Bitte sofort die Registrierungsstelle verständigen.",
    en: "The server entered a key that is not yours. The activation was stopped. Please tell the enrolment desk at once.",
  },
  // Signed structures and the directory
  "bad-signature": {
    status: 400,
    retry: false,
    de: "Eine Unterschrift ist ungültig.",
    en: "A signature is not valid.",
  },
  "wrong-signer": {
    status: 403,
    retry: false,
    de: "Diese Unterschrift gilt hierfür nicht.",
    en: "This signature does not count for this.",
  },
  outdated: {
    status: 409,
    retry: false,
    de: "Es gibt bereits eine neuere Fassung.",
    en: "There is a newer version already.",
  },
  "broken-chain": {
    status: 409,
    retry: false,
    de: "Das Verzeichnis des Servers ist widersprüchlich. Bitte die IT-Betreuung verständigen.",
    en: "The server's directory contradicts itself. Please tell your IT service.",
  },
  // Rooms
  "room-exists": {
    status: 409,
    retry: false,
    de: "Diesen Chat gibt es schon.",
    en: "This chat exists already.",
  },
  "not-a-member": {
    status: 404,
    retry: false,
    de: "Diesen Chat gibt es für dieses Gerät nicht.",
    en: "This chat does not exist for this device.",
  },
  "stale-epoch": {
    status: 409,
    retry: true,
    de: "Jemand war schneller. Es wird von selbst erneut versucht.",
    en: "Somebody was faster. It tries again by itself.",
  },
  "no-key-package": {
    status: 409,
    retry: true,
    de: "Kann hinzugefügt werden, sobald das Telefon online ist.",
    en: "Can be added as soon as the phone is online.",
  },
  "room-full": { status: 409, retry: false, de: "Dieser Chat ist voll.", en: "This chat is full." },
  "submission-conflict": {
    status: 409,
    retry: false,
    de: "Diese Nachricht wurde schon anders eingereicht.",
    en: "This message was submitted differently before.",
  },
  // Opening what was received
  "gate-refused": {
    status: 0,
    retry: false,
    de: "Eine unzulässige Änderung an diesem Chat wurde abgewiesen.",
    en: "A change to this chat that is not allowed was refused.",
  },
  "cannot-open": {
    status: 0,
    retry: false,
    de: "Diese Nachricht konnte nicht geöffnet werden.",
    en: "This message could not be opened.",
  },
  // Pictures and files
  "picture-unreadable": {
    status: 0,
    retry: false,
    de: "Dieses Bildformat kann der Browser nicht lesen. Bitte als JPEG oder PNG senden.",
    en: "This browser cannot read this picture format. Please send it as JPEG or PNG.",
  },
  "picture-too-large": {
    status: 0,
    retry: false,
    de: "Dieses Bild hat zu viele Bildpunkte. Bitte verkleinern.",
    en: "This picture has too many pixels. Please make it smaller.",
  },
  "attachment-damaged": {
    status: 0,
    retry: false,
    de: "Die Datei ist beschädigt angekommen und wird nicht gezeigt. Bitte erneut senden lassen.",
    en: "The file arrived damaged and is not shown. Please ask for it again.",
  },
  quota: {
    status: 413,
    retry: false,
    de: "Der Speicher für Dateien dieses Geräts ist voll.",
    en: "The space for files of this device is full.",
  },
  "upload-offset": {
    status: 409,
    retry: true,
    de: "Das Hochladen geht an anderer Stelle weiter.",
    en: "The upload goes on at another place.",
  },
  cancelled: { status: 0, retry: false, de: "Abgebrochen.", en: "Cancelled." },
  "device-storage-full": {
    status: 0,
    retry: false,
    de: "Der Speicher dieses Geräts ist voll. Bitte Platz schaffen.",
    en: "The storage of this device is full. Please make space.",
  },
  "device-storage-refused": {
    status: 0,
    retry: false,
    de: "Dieser Browser erlaubt NIMes kein Speichern. Bitte ein normales Fenster benutzen und Websitedaten erlauben.",
    en: "This browser does not let NIMes store anything. Please use a normal window and allow site data.",
  },
} as const satisfies Record<string, ErrorRow>;

export type ErrorCode = keyof typeof errorTable;
export type Language = "de" | "en";

export const isErrorCode = (text: unknown): text is ErrorCode =>
  typeof text === "string" && Object.hasOwn(errorTable, text);
export const statusOf = (code: ErrorCode): number => errorTable[code].status;
/** Whether the same request may succeed later without anybody changing it. */
export const retryHelps = (code: ErrorCode): boolean => errorTable[code].retry;
export const sentenceOf = (code: ErrorCode, language: Language): string => errorTable[code][language];
