/** How the app of this browser stands, looked at when it opens and from time to time: it may stay open for days. */
import { useEffect, useState } from "react";
import type { Standing } from "../service-worker/release-keeper.ts";
import { askStanding } from "./ask-standing.ts";

const lookAgainMs = 60 * 60_000;

/** @returns undefined until the service worker has answered. */
export function useStanding(): Standing | undefined {
  const [standing, setStanding] = useState<Standing>();
  useEffect(() => {
    let wanted = true;
    const look = () => {
      const { controller } = navigator.serviceWorker;
      if (controller) void askStanding(controller).then((answer) => wanted && setStanding(answer));
    };
    look();
    const timer = setInterval(look, lookAgainMs);
    return () => {
      wanted = false;
      clearInterval(timer);
    };
  }, []);
  return standing;
}
