import type { PinJudgement } from "@nimes/client/pin/pin-rules";
import { useEffect, useState } from "react";
import { useClient } from "../model/context.tsx";

/** What is thought of a PIN while it is typed; undefined until that is known. */
export function useJudgement(pin: string, minLength: number): PinJudgement | undefined {
  const client = useClient();
  const [judged, setJudged] = useState<{ pin: string; judgement: PinJudgement }>();
  useEffect(() => {
    let wanted = pin !== "";
    if (wanted)
      void client.judgePin(pin, minLength).then((judgement) => {
        if (wanted) setJudged({ pin, judgement });
      });
    return () => {
      wanted = false;
    };
  }, [client, pin, minLength]);
  return judged?.pin === pin ? judged.judgement : undefined;
}
