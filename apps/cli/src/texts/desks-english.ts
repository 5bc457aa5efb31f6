/** What the command line says of desks that end, of attesting again and of transfers, in English. */
import type { germanDesks } from "./desks-german.ts";

export const englishDesks: typeof germanDesks = {
  keyUnknown: (text) => `There is no key of an enrolment desk for "${text}" in the organisation.`,
  keyAmbiguous: (text) => `"${text}" is the beginning of several keys; please give more of it.`,
  nameTaken: (name) =>
    `There is an enrolment desk "${name}" in the organisation already; another key needs another name.`,
  alreadyRetired: (key, date) => `The key ${key} has ended already, on ${date}; nothing was signed.`,
  hasEnded: (name, date) =>
    `The key of the enrolment desk "${name}" ended on ${date} and enrols nobody any more.`,
  endsSoon: (name, date) =>
    `The key "${name}" ends on ${date}: before, have it prolonged at the root with "nimes desk prolong", or make the next one here with "nimes desk key" and have it added at the root with "nimes desk add".`,
  endedForGood: (key, date) =>
    `The key ${key} ended on ${date}; one that has ended is not prolonged. Add a new one ("nimes desk add").`,
  countsAsLong: (key, date) =>
    `The key ${key} counts until ${date} already, and for no longer than two years; nothing was signed.`,
  unitWithoutDesk:
    'No enrolment desk enrols people there yet: "nimes desk add" adds one, --desk names one that there is.',
  onlyDesk: 'This is the only key; add another one first ("nimes desk add").',
  signsRetire: (key, units) =>
    `  The key ${key} (${units}) ends now. What it has attested up to today counts; it signs no new letters.`,
  signsRemove: (key, units) =>
    `  The key ${key} (${units}) is taken as stolen: nothing that it ever signed counts any more.`,
  signsProlong: (key, units, date) =>
    `  The key ${key} (${units}) counts longer, until ${date}. What it has attested counts as before.`,
  signsQuery: (key) => `  A question to the server: whom the key ${key} has attested.`,
  signsAgain: (key) => `  Attestations of the key ${key} once more: the same people, devices and letters.`,
  signsTransfer: (name, from, to) =>
    `  ${name} moves from "${from}" to "${to}". The enrolment desk there may issue the next letter.`,
  signsTakeOver: "  The person comes from another station, whose enrolment desk has handed them over.",
  ends: (count) =>
    count === 0
      ? "Nobody loses a device by this."
      : count === 1
        ? "One person loses their device by this, unless another enrolment desk attests them again before:"
        : `${count} people lose their devices by this, unless another enrolment desk attests them again before:`,
  saveFirst: (key) =>
    `Save honest people first: "nimes desk reattest ${key}" on the computer of another enrolment desk of this station. It can be done afterwards, too; until then they do not get in.`,
  onlyFromHere: "No server is known: these are only the people who were enrolled on this computer.",
  unsound: "The server names attestations that this key has not signed. They do not count.",
  line: (person) =>
    [
      person.name,
      person.function,
      person.unit,
      person.used ? "device activated" : "letter not used yet",
      person.id,
    ]
      .filter((fact) => fact !== "")
      .join(" · "),
  retired: (key) => `The key ${key} has ended.`,
  prolonged: (key, date) =>
    `The key ${key} counts until ${date}. On the enrolment desk's computer: "nimes update".`,
  removed: (key) =>
    `The key ${key} is struck out. Policy and orders stay; letters and devices that only this key attested do not count any more.`,
  choose:
    "Nothing is signed yet. Check the list, then once more with --all, with --only for some, or with --all --except for all but some.",
  nobody: "There is nobody to attest for the stations of this key.",
  nobodyMeant: (text) => `"${text}" fits nobody in the list of this key. Nothing was signed.`,
  notOther: "An enrolment desk cannot replace itself.",
  again: (count) => (count === 1 ? "One person is attested again." : `${count} people are attested again.`),
  notAgain: (name, sentence) => `Not ${name}: ${sentence}`,
  sameUnit: "The person belongs to this station already.",
  transferred: (name) => `${name} is handed over. On the computer of the other enrolment desk:`,
  needsNameAndGeneration:
    'This person is not known here: give the id, --name and --after as "nimes user transfer" prints them.',
  notAGeneration: (text) => `"${text}" is not a number from 1 on.`,
  help: {
    retire: "ends the key of an enrolment desk; what it has attested counts on (root key)",
    remove: "strikes out a stolen key; nothing that it has attested counts any more (root key)",
    prolong: "lets the key of an enrolment desk count for two more years (root key)",
    reattest: "attests again whom another key of the station has attested, without new letters",
    all: "everybody on the list",
    only: "only this person (id or name), may be given several times",
    except: "not this person (id or name), may be given several times",
    transfer: "hands a person over to another station",
    transferTo: "station that takes them over",
    transferRoot: "signs with the root key instead of the enrolment desk's",
    takeOver: "takes over a person who was handed over and prints the letter for their new device",
    takeOverName: "name of the person, if not known here",
    takeOverAfter: 'generation up to now, as "nimes user transfer" prints it',
  },
};
