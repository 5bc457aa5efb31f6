/** What phones keep of the server, so that it learns that it was set back as a whole. */
export type Stamps = {
  /** How far this server has come, in its own words; at most `limits.maxStampBytes`. */
  newest(): Uint8Array;
  /**
   * A phone shows what it keeps. @returns whether it proves that this server was set back: then a new generation has begun, and
   * every connection stands on what is no more.
   */
  show(stamp: Uint8Array): boolean;
};
