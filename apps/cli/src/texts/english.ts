/** Everything the command line says, in English. */

import { counted } from "./counted.ts";
import { englishDesks } from "./desks-english.ts";
import { englishParser } from "./parser-english.ts";
import { englishRuleKeys } from "./rule-keys-english.ts";
import { englishRules } from "./rules-english.ts";
import type { Texts } from "./texts.ts";

export const english: Texts = {
  askPassphrase: (key) => `Passphrase for "${key}" (Ctrl-C cancels): `,
  askNewPassphrase: (keys) => `New passphrase for ${keys}: `,
  askAgain: "Once more: ",
  passphraseTooShort: (min) => `The passphrase needs at least ${min} characters.`,
  passphrasesDiffer: "The two are different.",
  wrongPassphrase: (key) => `The passphrase for "${key}" is wrong.`,
  nobodyToAsk: "Nobody can be asked for the passphrase here: set NIMES_PASSPHRASE_FD.",
  descriptorUnreadable: "NIMES_PASSPHRASE_FD names no readable file descriptor.",
  cancelled: "Cancelled.",
  noOrganisation: (folder) =>
    `There is no organisation in ${folder}: "nimes init" makes one, --folder names another folder.`,
  organisationExists: (folder) => `There is an organisation in ${folder} already.`,
  damaged: (path) => `${path} is damaged or belongs to another organisation.`,
  settingsDamaged: (path) =>
    `${path} is damaged: "nimes join" with the root hash ("nimes show" on another computer prints it, and it stands in the server's settings) sets up the folder again.`,
  goesByServer:
    'The versions that the server delivers hold, verified from the root hash; "nimes update" sets the folder right.',
  folderNotEmpty: (folder) =>
    `${folder} is not empty; a new organisation needs a folder of its own (--folder).`,
  halfMade: (name, folder) =>
    `The organisation "${name}" is here half made (${folder}), because "nimes init" was interrupted. Called again with the same name and stations, it is finished; for another one take another folder (--folder).`,
  leftOut: (path) => `${path} is damaged or belongs to another organisation, and is left out.`,
  fileExists: (path) => `${path} exists already; nothing was overwritten.`,
  notWritable: (path, code) => `${path} cannot be written (${code}).`,
  keyMissing: (key, path) => `The key "${key}" is not on this computer (${path}).`,
  keyDamaged: (key) => `The file of the key "${key}" is damaged.`,
  unreachable: (address) => `The server ${address} cannot be reached.`,
  untrusted: (address, code) =>
    `The server ${address} shows a certificate that does not hold here (${code}). If it is from an authority of your own: set NODE_EXTRA_CA_CERTS.`,
  notAServer: (address) => `No NIMes server answers at ${address}.`,
  answerTooLarge: (address) =>
    `${address} answers with more than a NIMes server ever has. The rest was not read.`,
  noServer: "The server's address is missing: give --server.",
  notAnAddress: (text) => `"${text}" is not an address such as https://nimes.example.de.`,
  serverRefused: (sentence) => `The server refused: ${sentence}`,
  serverHasOther: "The server has other versions of this organisation than this computer. Nothing was sent.",
  serverLostVersions:
    'The server has older versions than this computer: "nimes upload" sends the newer ones.',
  serverHasNone: "The server does not know this organisation yet.",
  updated: (version) => `This computer now has version ${version} of the organisation.`,
  serverHasAll: "The server has everything already.",
  uploaded: ({ manifests, attestations }) =>
    `Sent: ${counted(manifests, "version", "versions")} of the organisation, ${counted(attestations, "attestation", "attestations")}.`,
  sentAgain: ({ attestations, transfers, agreements, policies, orders }) =>
    `Sent once more, should the server lack it: ${[
      attestations > 0 ? counted(attestations, "attestation", "attestations") : "",
      transfers > 0 ? counted(transfers, "transfer", "transfers") : "",
      agreements > 0 ? `${counted(agreements, "version", "versions")} of the agreement` : "",
      policies > 0 ? `${counted(policies, "version", "versions")} of the policy` : "",
      orders > 0 ? counted(orders, "order to devices", "orders to devices") : "",
    ]
      .filter((part) => part !== "")
      .join(", ")}.`,
  notTakenAgain: (count, sentence) =>
    `The server did not take ${counted(count, "further signature", "further signatures")}: ${sentence}`,
  waitsForUpload:
    'The attestation is still here; "nimes upload" sends it later. Until then the letter does not work.',
  letterOutdated:
    "A device of this person is activated already: a letter with --new-device replaces it by a new one.",
  clock: {
    farFromServer: (here, there) => `This computer's clock says ${here}, the server's ${there}.`,
    farFromSigned: (here, last) => `This computer's clock says ${here}; the last signature here: ${last}.`,
    check:
      "What is signed with a wrong clock counts too early, too long or never. Check the clock; if it is right, once more with --clock-is-right.",
  },
  notAnId: (text) => `"${text}" is not an identifier: lower-case letters, digits and hyphens are allowed.`,
  notAUnit: (text) => `"${text}" is not a station of the form id=Name.`,
  notAName: (text) => `"${text}" is not a name of 1 to 120 characters.`,
  hiddenCharacter: (code) =>
    `The text has a character that nobody sees or that changes the direction (${code}): please type it by hand.`,
  notAKey: 'The public key has 64 characters 0–9, a–f, as "nimes desk key" prints it.',
  notAHash: "The root hash has 64 characters 0–9, a–f.",
  unitExists: (id) => `There is a station "${id}" already.`,
  unitUnknown: (id) => `There is no station "${id}".`,
  deskUnknown: (name) => `There is no key of an enrolment desk "${name}" here.`,
  deskExists: "This key stands in the organisation already.",
  noDesk: (unit) => `There is no valid key of an enrolment desk for "${unit}" on this computer.`,
  userUnknown: (text) => `There is nobody here for "${text}".`,
  deskGone: "enrolment desk struck out",
  userAmbiguous: (text, lines) => `"${text}" fits more than one; please give the id:\n${lines}`,
  signs: (key) => `You sign with the key "${key}":`,
  signsFirst: (name) => `  The organisation "${name}" comes into being, version 1.`,
  signsUnit: (name, id) => `  Station "${name}" (${id}).`,
  signsDesk: (key, units) =>
    `  Whoever has the key ${key} may enrol people in: ${units || "no station yet"}.`,
  signsVersion: (version) => `  This becomes version ${version} of the organisation.`,
  signsUser: ({ name, unit, function: duty, id }) =>
    `  ${name}, ${duty ? `${duty}, ` : ""}station "${unit}", belongs to it (id ${id}).`,
  signsLetter: (deviceClass, until) =>
    `  Whoever has the letter activates one ${deviceClass} device with it, once, until ${until}.`,
  signsNewDevice:
    "  As soon as the letter is used, every device of this person up to now ends; what is on it cannot be opened any more, and the person is in their chats again only when somebody there adds them.",
  signsNewLetter: "  The letter before it ends.",
  allKeys: "root, revocation, policy and enrolment desk",
  initialised: (name, folder) => `The organisation "${name}" is in ${folder}.`,
  wentOn: '"nimes init" was interrupted and is finished now. The passphrase of that time holds.',
  keepRoot:
    "Back up the folder keys/ and keep it off the network; the enrolment desk's computer needs the desk's key only.",
  forTheServer: "For the server:",
  joined: (name) => `This computer now knows the organisation "${name}".`,
  deskKeyMade: (name) => `Key "${name}" made. Public half, for "nimes desk add … --public-key":`,
  unitAdded: (name) => `Station "${name}" added.`,
  deskAdded: (name) => `Enrolment desk "${name}" added.`,
  userAdded: (name, id) => `${name} is enrolled (id ${id}).`,
  noUsers: "Nobody has been enrolled on this computer yet.",
  validLetterUntil: (until) => `letter valid until ${until}`,
  letterEnded: "letter expired",
  notSent: "not at the server yet",
  show: {
    organisation: "Organisation",
    rootHash: "Root hash",
    version: "Version",
    server: "Server",
    noServer: "none yet",
    unit: "Station",
    desk: "Enrolment desk",
    until: (date) => `until ${date}`,
    ended: (date) => `ended on ${date}`,
    soon: ": add a new key soon",
    policyKey: "Policy",
    revocationKey: "Locking and wiping",
    elsewhere: "key not here",
    keysHere: "Keys here",
    users: "Enrolled",
    unsent: "Not at the server yet",
  },
  letter: {
    onlyOnce: "This letter appears this once; its secret is stored nowhere.",
    for: (name, unit) => `Activation for ${name}, ${unit}`,
    open: (address) => `1. Open in the browser: ${address}`,
    enter: '2. There "Scan the letter" (not with the phone\'s camera app), or type this code:',
    link: "Link, where there is no other way:",
    linkStays:
      "Whoever opens the link leaves the letter's secret in the browser's history and sessions, where it is worth something even when it has been used.",
    until: (date) => `Valid until ${date}, once.`,
    pageWritten: (path) => `To print: ${path} (contains the secret: delete it after printing).`,
  },
  parser: englishParser,
  rules: englishRules,
  desks: englishDesks,
  ruleKeys: englishRuleKeys,
  help: {
    about: "Organisation, enrolment desk and activation letters. Everything is signed on this computer.",
    folder: 'folder of the organisation; else NIMES_FOLDER or "nimes-organisation"',
    clockIsRight: "the clock of this computer was checked and is right",
    version: "version of this program",
    help: "this help",
    init: "makes an organisation: keys and version 1",
    initUnit: "station, may be given several times",
    server: "address of the server; sends what is signed",
    join: "sets up the computer of an enrolment desk",
    unit: "stations",
    unitAdd: "adds a station (root key)",
    unitDesk: "enrolment desk that enrols people there",
    desk: "enrolment desks",
    deskKey: "makes the desk's key on the desk's computer",
    deskAdd: "adds an enrolment desk (root key)",
    deskUnits: "stations for which it enrols people",
    deskPublicKey: 'public key that "nimes desk key" printed; without it the key is made here',
    user: "people",
    userAdd: "enrols a person and prints the activation letter",
    userList: "shows who was enrolled on this computer",
    userUnit: "station",
    userFunction: "duty, such as patrol",
    userPrivate: "the letter is for a private device",
    deskName: "enrolment desk that signs",
    letter: "makes a new letter, as long as no device is activated",
    letterUser: "name or id",
    page: "also writes the letter as a printable page (HTML, A4, German)",
    link: "also shows a link, which leaves the secret in the browser",
    show: "shows the organisation",
    upload: "sends the server what it lacks",
    update: "fetches newer versions of the organisation from the server",
  },
};
