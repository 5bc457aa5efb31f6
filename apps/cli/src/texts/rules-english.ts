/** What the command line says of agreement, policy, devices and releases, in English. */
import { counted } from "./counted.ts";
import type { germanRules } from "./rules-german.ts";

const unitNames = {
  s: ["second", "seconds"],
  m: ["minute", "minutes"],
  h: ["hour", "hours"],
  d: ["day", "days"],
} as const;

export const englishRules: typeof germanRules = {
  noFile: (path) => `${path} does not exist or cannot be read.`,
  notADay: (text) => `"${text}" is not a day of the form 2026-12-31.`,
  notSigned: "What the server delivers was signed by nobody of this organisation.",
  agreement: {
    unreadable: (file, what) => `${file}: ${what}`,
    markup: (text) => `There is markup or a link in "${text}"; only text is allowed.`,
    notAllowed: (text) =>
      `"${text}" is neither a heading (#, ##) nor a paragraph; lists, tables and others are not allowed.`,
    headingTooLong: (text) => `The heading "${text}" is longer than 120 characters.`,
    paragraphTooLong: (text) => `The paragraph "${text}" is longer than 4,000 characters.`,
    oneTitle: (text) => `"${text}": the title (#) stands exactly once, at the very top.`,
    noTitle: "The title (#) is missing.",
    noSections: "There is no section (##).",
    withoutHeading: (text) => `The paragraph "${text}" stands under no heading (##).`,
    emptySection: (text) => `The section "${text}" is empty.`,
    tooMany: (max) => `More than ${max} sections, or paragraphs in one section.`,
    unchanged: (version) => `This is version ${version} already; nothing was signed.`,
    signs: ({ title, version, sections }) =>
      `  "${title}", version ${version}, ${counted(sections, "section", "sections")}.`,
    germanForBoth: "  There is no English text (--english): the German one counts for both languages.",
    from: (date) => `  It counts from ${date}; whoever does not accept it cannot open NIMes from then on.`,
    published: (version) => `Version ${version} of the usage agreement is at the server.`,
  },
  policy: {
    notASetting: (text, names) => `"${text}" is not a setting of the form name=value; names: ${names}.`,
    notYesNo: (text) => `"${text}" is neither yes nor no.`,
    outOfRange: ({ name, text, least, most }) =>
      `${name}=${text} is not possible: ${least} to ${most} are allowed (such as 30s, 5m, 2h, 7d).`,
    unchanged: "This holds already; nothing was signed.",
    signs: (version) => `  The policy, version ${version}. What changes:`,
    change: (what, from, to) => `  ${what}: ${from} → ${to}`,
    closesPrivate: "  Private devices are locked at once, until they are allowed again.",
    offlineOpens:
      "  Opening without network: as long as a device has no network, neither a lock nor a wipe reaches it. Whoever can use the device's passkey and has a copy of its storage from before the order opens that copy later, too, with the clock set back.",
    serverLost: (version) =>
      `The server does not know version ${version} of the policy, which was signed here: "nimes upload" first, then once more.`,
    set: (version) => `Version ${version} of the policy is at the server.`,
    noneYet: "No policy yet: the defaults hold.",
    version: (version) => `Policy, version ${version}`,
    className: (deviceClass) => (deviceClass === "service" ? "Service devices" : "Private devices"),
    privateDevices: "Private devices allowed",
    settings: {
      lock: "lock without input (lock)",
      background: "lock in the background (background)",
      expiry: "messages are deleted (expiry)",
      offline: "opening without network (offline)",
      pictures: "pictures allowed (pictures)",
      pin: "PIN at least (pin)",
    },
    yes: "yes",
    no: "no",
    never: "never",
    atOnce: "at once",
    characters: (count) => counted(count, "character", "characters"),
    duration: (count, unit) => `${count} ${unitNames[unit][count === 1 ? 0 : 1]}`,
  },
  device: {
    signsQuery: (name) => `  The question which devices ${name} has.`,
    signsNameQuery: (name) =>
      `  The question who "${name}" is: nobody of that name was enrolled on this computer.`,
    found: (name, unit, id) => `This is ${name}, ${unit} (id ${id}).`,
    wholeName: (name, id) =>
      `A wipe cannot be taken back. If ${name} is meant, once more with the whole name or the id ${id}.`,
    signsOrder: {
      lock: "  Every device of this person is locked: at once where it has network, else when it next reports.",
      unlock: "  Every device of this person can be opened again.",
      wipe: "  Everything of NIMes on every device of this person is deleted for good; only a new letter helps then.",
    },
    orderOverrun: (kind, device, reason) =>
      `The server had lost the order to ${kind} the device ${device} (${reason}), and another has its number since. If it is to count, order it once more.`,
    signsReason: (reason) => `  Reason, shown there: ${reason}`,
    noReason: "Not stated",
    reasonTooLong: (max) => `The reason may have ${max} characters at most.`,
    none: (name) => `${name} has no device that this is for.`,
    unsound: "The server shows a device that does not belong to this person; it is left out.",
    notAttested: "Caution: no letter known here has activated this device.",
    notKnownHere:
      "This person was not enrolled on this computer; only the device's own signature was checked.",
    sent: {
      lock: (device) => `The lock for the ${device} is at the server.`,
      unlock: (device) => `The unlock for the ${device} is at the server.`,
      wipe: (device) =>
        `The wipe for the ${device} is at the server; what its opening needed is destroyed there.`,
    },
    askLater: (user) => `"nimes device show ${user}" shows whether the device has carried it out.`,
    describe: (deviceClass, since, id) => `${deviceClass} device ${id} since ${since}`,
    inUse: "in use",
    ended: "ended",
    destroyed: "wiped",
    accepted: (version) => (version === 0 ? "no agreement accepted" : `agreement ${version} accepted`),
    order: {
      lock: (at, reason) => `Locked on ${at}, reason: ${reason}`,
      unlock: (at, reason) => `Unlocked on ${at}, reason: ${reason}`,
      wipe: (at, reason) => `Wipe ordered on ${at}, reason: ${reason}`,
    },
    confirmed: (at) => `confirmed by the device on ${at}`,
    notConfirmed: "not yet confirmed",
  },
  release: {
    keyMade: 'Key "release" made. Public half, for "nimes release trust --public-key" at the root:',
    keyMissing: 'There is no key "release" here: "nimes release key" makes one, --public-key names it.',
    trusts: (key) => `  Whoever has the key ${key} may sign versions of the app.`,
    distrusts: (key) => `  The key ${key} does not count for new versions of the app any more.`,
    trusted: "The key counts.",
    distrusted:
      "The key ceases to count when the next version is delivered: it brings along this version of the organisation.",
    alreadyTrusted: "This key counts already.",
    notTrusted: (key) =>
      `The key ${key} does not count in this organisation: first "nimes release trust" at the root, then "nimes update" here.`,
    clock: (last) =>
      `The last version was signed on ${last}, which is later than this computer's clock. Devices would not take an older one: check the clock.`,
    notAnApp: (folder) => `There is no built app in ${folder} (index.html is missing).`,
    organisationEnded:
      'The version of the organisation has run out: first sign a new one at the root, then "nimes update" here.',
    hiddenFile: (path) =>
      `${path} begins with a dot: servers do not deliver that, and it seldom belongs into an app. Please remove it.`,
    notAFile: (path) =>
      `${path} is a link, or no file for another reason; only files that lie in this folder are signed.`,
    oddName: (path) => `The file name ${path} has characters that are not allowed here.`,
    tooLarge: (files, kilobytes) =>
      `${files} files of ${kilobytes} KiB are more than devices take (1000 files, 96 MiB, 32 MiB each).`,
    notAVersion: (text) => `"${text}" is not a version of 1 to 40 characters (letters, digits, . + -).`,
    signs: ({ version, files, kilobytes }) =>
      `  Version ${version} of the app consists of exactly ${counted(files, "file", "files")} (${kilobytes} KiB) with these hashes.`,
    number: (version, time) =>
      `Version ${version} has the number ${time}: "nimes release verify --at-least ${time}" takes no older one.`,
    signed: (path) => `Signed: ${path}. Public key:`,
    noKey: "What to verify by? Give --root with the hash of the root, or --public-key.",
    noManifest: (address) => `${address} delivers no signed version.`,
    notSigned: (address) => `What ${address} delivers is not signed with a valid key of this organisation.`,
    organisationBehind: (theirs, ours) =>
      `The server delivers version ${theirs} of the organisation, this computer knows ${ours} already`,
    behind: (theirs, at, least) =>
      `The server delivers version ${theirs} of ${at}; the one of ${least} is expected at least`,
    notANumber: (text) =>
      `"${text}" is not the number of a version, as "release sign" and "release verify" print it.`,
    header: (name, count, path) =>
      `The header ${name} is missing or different for ${counted(count, "file", "files")}, e.g. ${path}`,
    twoFaced: (path) => `${path} is another file for the browser than for other programs`,
    noServiceWorker: (path) => `${path} is not among the signed files`,
    missing: (path) => `${path} is missing`,
    differs: (path) => `${path} is not as it was signed`,
    untrue: (version, count) =>
      `The server does not deliver exactly version ${version}: ${counted(count, "deviation", "deviations")}.`,
    verified: ({ version, files, signedAt }) =>
      `The server delivers version ${version}: all ${files} files are as they were signed on ${signedAt}, all headers as they should be.`,
  },
  help: {
    agreement: "usage agreement",
    agreementPublish: "publishes a version of the usage agreement from Markdown (policy key)",
    agreementEnglish: "English text; else the file beside it that ends in .en.md",
    agreementFrom: "day from which it counts, such as 2026-12-31; else at once",
    policy: "policy",
    policyShow: "shows what holds on devices",
    policySet: "changes what holds on devices (policy key)",
    policyService:
      "setting for service devices, several: lock=5m background=1m expiry=7d offline=0 pictures=yes pin=8",
    policyPrivate: "the same for private devices",
    policyPrivateDevices: "yes or no: whether private devices are allowed at all",
    device: "a person's devices (revocation key)",
    deviceShow: "shows the devices, their orders and what is confirmed",
    deviceLock: "locks a person's devices",
    deviceUnlock: "unlocks them",
    deviceWipe: "deletes NIMes on a person's devices for good",
    deviceReason: "reason; shown on the device",
    newDevice: "for a new device: ends all others as soon as the letter is used",
    release: "releases of the app",
    releaseKey: "makes the key that signs releases",
    releaseTrust: "lets a key count for versions (root's key)",
    releaseTrustKey: 'public key that "nimes release key" printed; the one in this folder by default',
    releaseDistrust: "lets a key count no longer (root's key)",
    releaseSign: "signs the hashes of all files of a built app",
    releaseVersion: "name of the version; else date and time",
    releaseVerify: "checks whether a server delivers exactly the signed version",
    releaseRoot: 'hash of the root, as "nimes show" prints it; this folder\'s by default',
    releaseAtLeast: "number of the oldest version that counts; else the newest that this folder knows",
    releasePublicKey: "exactly this key must have signed",
  },
};
