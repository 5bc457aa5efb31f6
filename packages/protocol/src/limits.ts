/**
 * Version of frames, routes, entries and content, told by both sides when they meet, and the oldest that is still spoken.
 * Raised together whenever an older app or server could not go on.
 */
export const protocolVersion = 5;
export const oldestProtocolVersion = 5;

/** Every limit of the protocol in one place. Bytes, milliseconds and counts as the names say. */
export const limits = {
  /** A WebSocket frame; the largest is a commit that adds some hundred devices. */
  maxFrameBytes: 4 * 1024 * 1024,
  /** A sealed application message: 32 KiB thumbnail, 32 KiB text, MLS and padding. */
  maxMessageBytes: 128 * 1024,
  maxCommitBytes: 2 * 1024 * 1024,
  maxWelcomeBytes: 2 * 1024 * 1024,
  maxGroupInfoBytes: 2 * 1024 * 1024,
  /** Any signed structure. */
  maxSignedBytes: 256 * 1024,
  maxKeyPackageBytes: 16 * 1024,
  /** What the user may type, counted in UTF-8. */
  maxTextBytes: 32 * 1024,
  maxThumbnailBytes: 32 * 1024,
  maxCaptionLength: 2000,
  /** Width or height of a picture, in pixels. */
  maxPictureSide: 20_000,
  /** Code points; the longest emoji there are have ten. */
  maxEmojiLength: 24,
  /** Name of a kind of content. */
  maxKindLength: 40,
  minPaddedBytes: 256,
  maxNameLength: 120,
  maxRoomNameLength: 80,
  /** Devices in one room. */
  maxRoomDevices: 1000,
  maxRoomUsers: 500,
  /** Versions of a room's roles. Moderators may use up half of them: one of them must not keep the owner from the last word. */
  maxRolesVersion: 1000,
  /** All versions together, as they travel beside a Welcome. */
  maxRolesChainBytes: 1024 * 1024,
  /** A signed proof that goes beside a commit, encoded. */
  maxRejoinBytes: 4096,
  /** Key packages a device keeps at the server; refilled when fewer than half are left. */
  keyPackagesPerDevice: 100,
  keyPackageRefillBelow: 50,
  /** Users whose key packages one claim may ask for. */
  maxClaimUsers: 100,
  attachmentChunkBytes: 64 * 1024,
  maxAttachmentBytes: 100 * 1024 * 1024,
  maxAttachmentChunks: 4096,
  /** One upload request: whole encrypted chunks, bounded so that an interruption costs little. */
  maxUploadPartBytes: 1024 * 1024,
  /** Attachments one device may hold at the server. */
  attachmentQuotaBytes: 2 * 1024 * 1024 * 1024,
  /** Entries of one `entries` frame. */
  maxEntriesPerFrame: 200,
  maxEntriesFrameBytes: 1024 * 1024,
  maxDirectoryPage: 200,
  /** Letters in one answer of what a desk key has attested. */
  maxAttestedPage: 500,
  maxCursors: 5000,
  /**
   * Messages of this many epochs before the current one are taken, so that a message under way survives commits.
   * core-crypto opens one more, and forgets the keys of the fourth: a device's own last commit may be in its group before it
   * has read what stands in front of it in the log.
   */
  epochsBack: 2,
  /** Messages of one sender in one epoch that may be missing before the next one: core-crypto refuses further jumps. */
  maxGenerationJump: 1000,
  /** Messages that a device which has healed asks for at once. */
  maxAskedAgain: 500,
  /** So many entries may stand in a room log behind what a device has read, when the server says where an own one stands. */
  maxEntriesAhead: 100_000,
  /** So far the numbers of a room go on behind a restored backup, for each time: more than were given out since it was made. */
  restoredJump: 1_000_000,
  /** Of what a server says of how far it has come. */
  maxStampBytes: 200,
  /** An entry of a room log may be dated so much before the ones before it: a server's clock was set right. */
  maxLogTimeBackMs: 5 * 60_000,
  tokenLifetimeMs: 10 * 60_000,
  /** What a server may say that a token lives, at least: below it a client would do nothing but renew. */
  leastTokenLifetimeMs: 5 * 60_000,
  /** Tries that a PIN has. */
  pinTries: 10,
  /** The longest pause between two tries. */
  maxPinPauseMs: 30 * 60_000,
  /** So long a finished sign-in by PIN allows to change the PIN or to add a passkey. */
  freshPinMs: 5 * 60_000,
  /** Registrations of a PIN that one letter, or one sign-in, may begin in a day. */
  registrationsPerDay: 10,
  nonceLifetimeMs: 5 * 60_000,
  /** Time for the first frame of a WebSocket. */
  helloTimeoutMs: 5_000,
  /** An activation letter lives this long. */
  activationLifetimeMs: 14 * 24 * 60 * 60_000,
  /** The longest that an attestation may count; a desk renews it. */
  attestationLifetimeMs: 5 * 365 * 24 * 60 * 60_000,
  /** How far the clocks of those who sign and of the server may be apart. */
  clockToleranceMs: 10 * 60_000,
  /** How far the own clock of a phone may be wrong before what it finds in the future is not used. */
  phoneClockToleranceMs: 24 * 60 * 60_000,
  /**
   * Versions, generations and sequences in signed structures: at most this, and at most so many more than the last one
   * that counts. So no single signature of a key that was stolen uses them up.
   */
  maxSignedNumber: 1_000_000_000,
  maxNumberStep: 1_000,
  /** Times in signed structures: the beginning of the year 2100. */
  maxSignedTime: 4_102_444_800_000,
  maxManifests: 10_000,
  /** Attestations of one letter, when other desks have attested it again. */
  maxAttestationsOfLetter: 8,
  /** Generations of one user that had a device. */
  maxGenerations: 100,
  /** People in the directory of one organisation, for whoever keeps it. */
  maxDirectoryUsers: 200_000,
  /** Whoever leads a room and was left out by a refounding counts as there so long: as a phone that was away catches up. */
  awaitedMs: 30 * 24 * 60 * 60_000,
  /** Entries that some device has not fetched are kept this long. */
  entryLifetimeMs: 30 * 24 * 60 * 60_000,
} as const;
