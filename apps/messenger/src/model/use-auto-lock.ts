import { useEffect } from "react";
import { startAutoLock } from "./auto-lock.ts";
import { useApp, useMessenger } from "./context.tsx";

/** Locks as the policy of this device says, for as long as the capsule is open. */
export function useAutoLock(): void {
  const { messenger } = useApp();
  const policy = useMessenger((state) => state.rules?.policy);
  const inactivityLockMs = policy?.inactivityLockMs;
  const backgroundLockMs = policy?.backgroundLockMs;
  useEffect(() => {
    if (inactivityLockMs === undefined || backgroundLockMs === undefined) return;
    return startAutoLock({
      window,
      times: { inactivityLockMs, backgroundLockMs },
      lock: () => void messenger.lock(),
    });
  }, [messenger, inactivityLockMs, backgroundLockMs]);
}
