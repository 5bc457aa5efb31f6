/**
 * A bare part in a thread of its own, to measure beside ours: how fast a machine is changes from one minute to the
 * next, the ratio of two runs in turn hardly does.
 */
import { once } from "node:events";
import { Worker } from "node:worker_threads";

export type BarePart<Question, Answer> = {
  /** One at a time. @throws what the thread threw. */
  ask(question: Question): Promise<Answer>;
  end(): Promise<void>;
};

/** @param file one of the workers beside this file. */
export function startBarePart<Question, Answer>(file: URL): BarePart<Question, Answer> & { worker: Worker } {
  const worker = new Worker(file);
  return {
    worker,
    async ask(question) {
      worker.postMessage(question);
      return nextMessage<Answer>(worker);
    },
    async end() {
      await worker.terminate();
    },
  };
}

export async function nextMessage<Message>(worker: Worker): Promise<Message> {
  const [message] = await once(worker, "message");
  return message;
}
