/** A server that lies when it is told to, in one answer. */
import { fetchHttp } from "@nimes/client/adapters/fetch-http";
import type { Http, HttpRequest } from "@nimes/client/ports/http";
import { encodeCbor } from "@nimes/protocol/cbor";
import type { Route } from "@nimes/protocol/routes/route";
import type { Static, TSchema } from "typebox";
import { lyingRoute } from "./hostile-http.ts";

export type Liar = ReturnType<typeof liar>;

/** Honest until told to lie in the answers of one route. */
export function liar() {
  let http: Http = fetchHttp;
  const requests: HttpRequest[] = [];
  return {
    requests,
    ports: {
      http: {
        send(request: HttpRequest) {
          requests.push(request);
          return http.send(request);
        },
      },
    },
    lie<R extends Route & { answer: TSchema }>(
      route: R,
      tell: (answer: Static<R["answer"]>) => Static<R["answer"]>,
    ): void {
      http = lyingRoute(route, tell);
    },
    /** Whoever is asked, the server itself never hears of it. */
    answer({ method, path }: Route, { status, body }: { status: number; body: object }): void {
      const said = Uint8Array.from(encodeCbor(body));
      http = {
        send: (request) =>
          request.method === method && new URL(request.url).pathname === path
            ? Promise.resolve({ ok: true, value: { status, header: () => null, body: said } })
            : fetchHttp.send(request),
      };
    },
    honest(): void {
      http = fetchHttp;
    },
  };
}
