/** What people read about an error, in English. */
import type { Sentences } from "./errors.ts";

export const englishSentences = {
  // Input
  malformed: "The request was malformed. Please update the app.",
  "too-large": "This is too large to send.",
  "not-found": "There is no such thing.",
  forbidden: "You are not permitted to do this.",
  "wrong-origin": "This address does not belong to this server.",
  "too-many": "Too many requests. It goes on by itself in a moment.",
  internal: "The server has a fault. It tries again by itself.",
  unavailable: "The server is not ready. It tries again by itself.",
  "storage-full": "The server has no space left. Please tell your IT service.",
  "app-too-old":
    "This app is too old for the server. Please close NIMes and load it again to get the new version.",
  "server-too-old":
    "The server is older than this app. Please tell your IT service; until then nothing can be exchanged.",
  "no-network": "No network. It goes on by itself as soon as there is one.",
  // Sign-in
  "nonce-required": "The sign-in is being renewed.",
  unauthorised: "This device is not signed in.",
  "device-ended": "This device no longer belongs to the circle. A new activation letter helps.",
  // The second step
  "pin-wrong": "The PIN is wrong.",
  "pin-wait": "After several wrong entries a pause is needed.",
  "pin-unsuitable": "This PIN is too short or too easy to guess. Please choose another.",
  "capsule-destroyed": "The data on this device was destroyed for good. A new activation letter helps.",
  "capsule-damaged":
    "The data on this device has been changed and is not shown. A new activation letter helps.",
  "device-locked": "This device was locked. The enrolment desk knows more.",
  "private-not-allowed": "Private devices are not allowed at present.",
  "agreement-required": "The usage agreement has to be read and accepted first.",
  "not-opened": "NIMes has to be opened with the PIN for this.",
  "pin-required": "Please enter the PIN first.",
  "passkey-refused": "The passkey was not accepted. Please enter the PIN.",
  "offline-opening-ended": "NIMes cannot be opened without network now. Please try again with network.",
  "not-allowed-by-policy": "This is not allowed on this device.",
  // Activation
  "activation-mistyped": "The code is incomplete or mistyped. Please compare it with the letter.",
  "activation-unknown":
    "The server does not know this letter. Please compare the code with it or get a new one.",
  "activation-expired": "This letter has expired. The enrolment desk issues a new one.",
  "activation-used":
    "This letter has already been used. If that was not you, tell the enrolment desk at once.",
  "activation-foreign": "This letter belongs to another organisation than this server.",
  "activation-swapped":
    "The server entered a key that is not yours. The activation was stopped. Please tell the enrolment desk at once.",
  // Signed structures and the directory
  "bad-signature": "A signature is not valid.",
  "wrong-signer": "This signature does not count for this.",
  outdated: "There is a newer version already.",
  "clock-wrong":
    "The clock of the computer or phone is wrong, or the validity is too long. Please check date and time.",
  "transfer-required":
    "This person belongs to another station. The enrolment desk there has to hand them over first.",
  "broken-chain": "The server's directory contradicts itself. Please tell your IT service.",
  // Rooms
  "room-exists": "This chat exists already.",
  "not-a-member": "This device is not in this chat.",
  "stale-epoch": "Somebody was faster. It tries again by itself.",
  "room-changed": "The chat has just changed. It is tried again by itself.",
  "no-key-package": "Can be added as soon as the phone is online.",
  "room-full": "This chat is full.",
  "server-contradicts":
    "The server contradicts itself about this message. Please tell IT support, then send it again.",
  "submission-conflict": "This message was submitted differently before.",
  // Opening what was received
  "gate-refused": "A change to this chat that is not allowed was refused.",
  "cannot-open": "This message could not be opened.",
  // Pictures and files
  "picture-unreadable": "This browser cannot read this picture format. Please send it as JPEG or PNG.",
  "picture-too-large": "This picture has too many pixels. Please make it smaller.",
  "attachment-damaged": "The file arrived damaged and is not shown. Please ask for it again.",
  quota: "The space for files of this device is full.",
  "upload-stalled": "The upload makes no progress. Please send it again later.",
  "upload-offset": "The upload goes on at another place.",
  cancelled: "Cancelled.",
  "device-storage-full": "The storage of this device is full. Please make space.",
  "device-storage-refused":
    "This browser does not let NIMes store anything. Please use a normal window and allow site data.",
} as const satisfies Sentences;
