/** How a command ends when it cannot go on: one sentence for the person, one exit code for the script. */

export const exitCodes = {
  /** A fault of this program. */
  fault: 1,
  /** Wrong arguments. */
  usage: 2,
  passphrase: 3,
  /** No answer from the server. */
  unreachable: 4,
  /** The server, or a rule of the organisation, said no. */
  refused: 5,
  /** The organisation folder is missing, damaged or not writable. */
  folder: 6,
} as const;
export type StopReason = keyof typeof exitCodes;

/**
 * Ends the command. Thrown and not returned, because every caller of every step would only hand it on: nothing can
 * follow but the sentence and the exit code.
 */
export class Stop extends Error {
  override readonly name = "Stop";
  readonly reason: StopReason;

  constructor(reason: StopReason, sentence: string) {
    super(sentence);
    this.reason = reason;
  }
}
