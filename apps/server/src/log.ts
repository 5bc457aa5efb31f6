/** The log: what happened and where in the code, never what was said, by whom or from where. */
import type { DestinationStream, Logger } from "pino";
import { pino } from "pino";

/** @param destination where the lines go; standard output unless a test looks at them. */
export function createLog(level: string, destination?: DestinationStream): Logger {
  const options = {
    level,
    base: null,
    serializers: {
      // Neither addresses nor headers nor bodies.
      req: () => undefined,
      res: () => undefined,
      err: describeError,
    },
  };
  return destination ? pino(options, destination) : pino(options);
}

/** An error's kind, text and place. The system's own errors name files, and files are named by ids: those lose their text. */
function describeError(error: unknown): object {
  if (!(error instanceof Error)) return { name: "not an error" };
  const code = "code" in error ? String(error.code) : undefined;
  const bySystem = "syscall" in error;
  return {
    name: error.name,
    ...(code !== undefined && { code }),
    message: bySystem ? `${code ?? error.name} at ${String(error.syscall)}` : error.message,
    stack: (error.stack ?? "").split("\n").filter((line) => line.startsWith("    at ")),
  };
}
