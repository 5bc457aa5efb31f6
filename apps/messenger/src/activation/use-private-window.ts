import { useEffect, useRef } from "react";

/** The check measures the disk for a while; nobody waits longer for it. */
const patienceMs = 4_000;

async function look(): Promise<boolean> {
  try {
    const { detectIncognito } = await import("detectincognitojs");
    return (await detectIncognito()).isPrivate;
  } catch {
    // A browser that cannot be told apart is not warned of.
    return false;
  }
}

/** Whether this is a private window, as far as a page can know; the check begins at once. */
export function usePrivateWindow(): () => Promise<boolean> {
  const found = useRef<Promise<boolean>>(undefined);
  useEffect(() => {
    found.current ??= look();
  }, []);
  return () => {
    const patience = new Promise<boolean>((resolve) => setTimeout(resolve, patienceMs, false));
    return Promise.race([found.current ?? look(), patience]);
  };
}
