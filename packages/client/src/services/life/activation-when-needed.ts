/**
 * Activation as the rest of the library sees it. What it does is fetched when it is needed: once in the life of a device,
 * and at the start of one whose activation had been interrupted.
 */
import type { Result } from "@nimes/protocol/result";
import { ok, refuse } from "@nimes/protocol/result";
import type { Activation, ActivationNeeds } from "./activation.ts";

export function activationWhenNeeded(needs: ActivationNeeds): Activation {
  async function load(): Promise<Result<Activation>> {
    try {
      const { createActivation } = await import("./activation.ts");
      return ok(createActivation(needs));
    } catch {
      // Where no service worker keeps the app's files, a bad radio may lose this one.
      return refuse("no-network");
    }
  }
  return {
    async preview(link) {
      const activation = await load();
      return activation.ok ? activation.value.preview(link) : activation;
    },
    async agreementFor(link) {
      const activation = await load();
      return activation.ok ? activation.value.agreementFor(link) : activation;
    },
    async prepare(link, consent) {
      const activation = await load();
      return activation.ok ? activation.value.prepare(link, consent) : activation;
    },
    async post(outside) {
      const activation = await load();
      return activation.ok ? activation.value.post(outside) : { ...activation, final: false };
    },
  };
}
