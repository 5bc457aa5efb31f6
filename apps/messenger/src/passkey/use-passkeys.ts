import type { Result } from "@nimes/protocol/result";
import { useEffect, useState } from "react";
import { useApp } from "../model/context.tsx";

/** Whether a passkey can be had here; undefined until the browser has said. */
export function useCanHavePasskey(): boolean | undefined {
  const [can, setCan] = useState<boolean>();
  useEffect(() => {
    void import("./passkey.ts").then(({ canHavePasskey }) => canHavePasskey()).then(setCan);
  }, []);
  return can;
}

/** The passkey of a capsule that is gone opens nothing: its secret goes, too, where the authenticator listens. */
export function useForgottenPasskey(credentialId: string | undefined): void {
  useEffect(() => {
    if (credentialId === undefined) return;
    void import("./passkey.ts").then(({ forgetPasskey }) => forgetPasskey(credentialId));
  }, [credentialId]);
}

/** Opening, adding and removing: the library's part and the browser's part together. */
export function usePasskeys(): {
  open(): Promise<Result<void>>;
  /** @param pin undefined where it has just been entered; else it is `pin-required`. */
  add(pin?: string): Promise<Result<void>>;
  remove(): Promise<Result<void>>;
} {
  const { messenger } = useApp();
  const { client } = messenger;
  return {
    async open() {
      const request = await client.passkeyRequest();
      if (!request.ok) return request;
      const { askPasskey } = await import("./passkey.ts");
      const used = await askPasskey(request.value.options);
      if (!used.ok) return used;
      const { response, prf } = used.value;
      return client.openWithPasskey({ response: request.value.offline ? null : response, prf });
    },
    async add(pin) {
      const creation = await client.passkeyCreation(pin);
      if (!creation.ok) return creation;
      const { makePasskey } = await import("./passkey.ts");
      const made = await makePasskey(creation.value);
      const added = made.ok ? await client.addPasskey(made.value) : made;
      if (added.ok) await messenger.refresh();
      return added;
    },
    async remove() {
      const credentialId = (await client.rules())?.passkeyId;
      const removed = await client.removePasskey();
      if (!removed.ok) return removed;
      await messenger.refresh();
      // A copy of this device may still have what it opened without network.
      if (credentialId !== undefined)
        await import("./passkey.ts").then((page) => page.forgetPasskey(credentialId));
      return removed;
    },
  };
}
