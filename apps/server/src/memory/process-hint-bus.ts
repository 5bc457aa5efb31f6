/** Hints within one process. */
import type { Hint, HintBus } from "../ports/hint-bus.ts";

export function processHintBus(): HintBus {
  const listeners: ((hint: Hint) => void)[] = [];
  return {
    publish(hint) {
      for (const listener of listeners) listener(hint);
    },
    subscribe: (listener) => void listeners.push(listener),
  };
}
