/** A radio over which every answer is lost the first time: the server has done what was asked, and nobody hears of it. */
import { fetchHttp } from "@nimes/client/adapters/fetch-http";
import type { Http } from "@nimes/client/ports/http";
import { toHex } from "@nimes/protocol/bytes";
import { sha256 } from "@nimes/protocol/hash";
import { refuse } from "@nimes/protocol/result";

export type DroppingHttp = Http & {
  /** Answers that were lost so far. */
  dropped(): number;
  /** From now on every answer is lost once more. */
  again(): void;
};

export function droppingHttp(): DroppingHttp {
  const heard = new Set<string>();
  let dropped = 0;
  return {
    async send(request) {
      const answer = await fetchHttp.send(request);
      const body = request.body ? toHex(sha256(request.body)) : "";
      const what = `${request.method} ${request.url} ${body}`;
      if (heard.has(what)) return answer;
      heard.add(what);
      dropped += 1;
      return refuse("no-network");
    },
    dropped: () => dropped,
    again: () => heard.clear(),
  };
}
