/** Passkeys in memory. */
import type { DeviceId } from "@nimes/protocol/ids";
import type { PasskeyRow, PasskeyStore } from "../ports/passkey-store.ts";
import type { MemoryState } from "./memory-state.ts";

export function memoryPasskeyStore(state: MemoryState): PasskeyStore {
  const passkeys = new Map<DeviceId, PasskeyRow>();
  const challenges = new Map<string, { challenge: string; at: number }>();
  state.onDestroyed.push((deviceId) => void passkeys.delete(deviceId));
  return {
    get: async (deviceId) => passkeys.get(deviceId),
    put: async (deviceId, passkey) => void passkeys.set(deviceId, passkey),
    async setCounter(deviceId, counter) {
      const passkey = passkeys.get(deviceId);
      if (passkey) passkeys.set(deviceId, { ...passkey, counter });
    },
    remove: async (deviceId) => void passkeys.delete(deviceId),
    putChallenge: async (deviceId, purpose, challenge, at) =>
      void challenges.set(`${deviceId}/${purpose}`, { challenge, at }),
    async takeChallenge(deviceId, purpose) {
      const key = `${deviceId}/${purpose}`;
      const taken = challenges.get(key);
      challenges.delete(key);
      return taken;
    },
  };
}
