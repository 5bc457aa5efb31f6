/** What the command line says of the keys that sign rules and orders, in English. */
import type { germanRuleKeys } from "./rule-keys-german.ts";

const roleNames = { policy: "policy and usage agreement", revocation: "locking and wiping" } as const;

export const englishRuleKeys: typeof germanRuleKeys = {
  made: (role, name) =>
    `Key "${name}" made. Public half, for "nimes ${role} trust --public-key" at the root:`,
  missing: (role) => `There is no key for that here: "nimes ${role} key" makes one, --public-key names it.`,
  noneCounts: (role) =>
    `No key on this computer counts for ${roleNames[role]}: first "nimes ${role} key" here, then "nimes ${role} trust" at the root and "nimes update" here.`,
  alreadyCounts: "This key counts already.",
  unknown: (text) => `"${text}" is no key that counts for that in this organisation.`,
  only: (role) => `This is the only key for that; first let another one count ("nimes ${role} trust").`,
  signsTrust: {
    policy: (key) => `  Whoever has the key ${key} decides on policy and usage agreement.`,
    revocation: (key) => `  Whoever has the key ${key} locks, unlocks and wipes devices.`,
  },
  signsDistrust: {
    policy: (key) =>
      `  The key ${key} does not count any more: no policy and no agreement holds that it ever signed.`,
    revocation: (key) => `  The key ${key} does not count any more: no order holds that it ever signed.`,
  },
  trusted: (role) =>
    `The key counts. Where it lies: "nimes update"; from then on it signs ${role === "policy" ? "policy and agreement" : "orders"}.`,
  distrusted: (key) =>
    `The key ${key} is struck out, and with it all that it has signed. What has wiped devices stays wiped.`,
  policyEnds: (version) =>
    `Version ${version} of the policy holds no more then, and without another one the defaults do.`,
  agreementEnds: (version) =>
    `Version ${version} of the usage agreement holds no more then; whoever has accepted it is asked about the next one.`,
  noRuleEnds: "What holds at the server was signed by another key; it stays.",
  rulesMayEnd: "No server known: what this key has signed there holds no more then.",
  signAgainFirst:
    'Sign it again with the next key first: "nimes policy set", "nimes agreement publish FILE". Afterwards is possible, too.',
  ordersEnd:
    'Devices that this key has locked can be opened again then; those that it has unlocked are locked again if they were before. Lock lost ones again with the next key first: "nimes device lock".',
  help: {
    revocation: "key that locks and wipes devices",
    key: "makes the next key for that, on its holder's computer",
    trust: "lets a key count for that (key of the root)",
    trustKey: 'public key that "key" printed; else the newest in this folder',
    distrust: "strikes out a stolen key and all that it has signed (key of the root)",
  },
  again: "  The same settings as before, with this key.",
};
