/** The log: what happened, never what was said, by whom or from where. */

import type { Logger } from "pino";
import { pino } from "pino";

export function createLog(level: string): Logger {
  return pino({
    level,
    base: null,
    serializers: {
      // Neither addresses nor headers nor bodies; an error's own text and place are enough to find it.
      req: () => undefined,
      res: () => undefined,
      err: (error: Error) => ({ name: error.name, message: error.message, stack: error.stack }),
    },
  });
}
