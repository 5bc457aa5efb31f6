/**
 * Whether the process may open one more file or connection (EMFILE of its own limit, ENFILE of the system's). Connections that
 * cannot be taken are closed below us, without a word to anybody, so it is tried now and then. What is open goes on meanwhile,
 * the database among it, and everything else as soon as something has been closed.
 */
export type Descriptors = {
  /** Whether an error is for want of a descriptor; the operator is told, and not with every one. */
  isLack(error: unknown): boolean;
  stop(): void;
};

const intervalMs = 2_000;
/** Between two sentences about the same. */
const quietMs = 60_000;

const codes: readonly unknown[] = ["EMFILE", "ENFILE"];
/** What whoever serves files says of a folder that could not be opened, for whatever reason. */
const unopened: readonly unknown[] = ["FST_STATIC_FORBIDDEN_PATH"];
const codeOf = (error: unknown): unknown =>
  error instanceof Error && "code" in error ? error.code : undefined;
const isOfLack = (error: unknown): boolean => codes.includes(codeOf(error));

/**
 * @param options.tryOpen opens something and closes it again.
 * @param options.every calls back that often, milliseconds; returns what ends that.
 * @param options.ran milliseconds since some moment, by a clock that nobody sets.
 * @param options.onChange hears when they are used up, and when there are some again.
 */
export function watchDescriptors(options: {
  tryOpen: () => Promise<void>;
  every: (ms: number, callback: () => void) => () => void;
  ran: () => number;
  onChange: (enough: boolean) => void;
}): Descriptors {
  const { tryOpen, every, ran, onChange } = options;
  let isLacking = false;
  let isSaid = false;
  let saidAt = Number.NEGATIVE_INFINITY;

  function lacks(): void {
    isLacking = true;
    const now = ran();
    if (isSaid || now - saidAt < quietMs) return;
    isSaid = true;
    saidAt = now;
    onChange(false);
  }
  const look = (): Promise<void> =>
    tryOpen().then(
      () => {
        isLacking = false;
        if (!isSaid) return;
        isSaid = false;
        onChange(true);
      },
      (error: unknown) => {
        // Whatever else is wrong with what is opened is said by whoever needs it.
        if (isOfLack(error)) lacks();
      },
    );
  const stop = every(intervalMs, () => void look());
  return {
    isLack(error) {
      if (!isOfLack(error)) return isLacking && unopened.includes(codeOf(error));
      lacks();
      return true;
    },
    stop,
  };
}
