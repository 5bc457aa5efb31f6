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
  minPaddedBytes: 256,
  maxNameLength: 120,
  maxRoomNameLength: 80,
  /** Devices in one room. */
  maxRoomDevices: 1000,
  maxRoomUsers: 500,
  /** Key packages a device keeps at the server; refilled when fewer than half are left. */
  keyPackagesPerDevice: 100,
  keyPackageRefillBelow: 50,
  /** Users whose key packages one claim may ask for. */
  maxClaimUsers: 100,
  attachmentChunkBytes: 64 * 1024,
  maxAttachmentBytes: 100 * 1024 * 1024,
  /** One upload request: whole encrypted chunks, bounded so that an interruption costs little. */
  maxUploadPartBytes: 1024 * 1024,
  /** Attachments one device may hold at the server. */
  attachmentQuotaBytes: 2 * 1024 * 1024 * 1024,
  /** Entries of one `entries` frame. */
  maxEntriesPerFrame: 200,
  maxEntriesFrameBytes: 1024 * 1024,
  maxDirectoryPage: 200,
  maxCursors: 5000,
  /**
   * Messages of this many epochs before the current one are taken, so that a message under way survives commits. The
   * most that core-crypto opens: it forgets the keys of the fourth.
   */
  epochsBack: 3,
  /** Messages of one sender in one epoch that may be missing before the next one: core-crypto refuses further jumps. */
  maxGenerationJump: 1000,
  tokenLifetimeMs: 10 * 60_000,
  nonceLifetimeMs: 5 * 60_000,
  /** Time for the first frame of a WebSocket. */
  helloTimeoutMs: 5_000,
  /** An activation letter lives this long. */
  activationLifetimeMs: 14 * 24 * 60 * 60_000,
  /** Entries that some device has not fetched are kept this long. */
  entryLifetimeMs: 30 * 24 * 60 * 60_000,
} as const;
