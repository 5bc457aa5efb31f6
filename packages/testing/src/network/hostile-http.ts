/** Lies of a server in its HTTP answers. */
import { fetchHttp } from "@nimes/client/adapters/fetch-http";
import type { Http, HttpRequest } from "@nimes/client/ports/http";
import { decodeCbor, encodeCbor } from "@nimes/protocol/cbor";
import type { Route } from "@nimes/protocol/routes/route";
import type { Static, TSchema } from "typebox";

/** Changes the answers of one route that the honest server gave. */
export const lyingRoute = <R extends Route & { answer: TSchema }>(
  route: R,
  lie: (answer: Static<R["answer"]>) => Static<R["answer"]> | Promise<Static<R["answer"]>>,
): Http => ({
  async send(request) {
    const answer = await fetchHttp.send(request);
    if (!answer.ok || !isTo(route, request) || answer.value.status !== 200) return answer;
    const honest = decodeCbor(route.answer as R["answer"], answer.value.body);
    if (!honest.ok) throw new Error("the honest server answers what the protocol knows");
    const body = Uint8Array.from(encodeCbor(await lie(honest.value)));
    return { ok: true, value: { ...answer.value, body } };
  },
});

/** Whether a request is to this route, with whatever parameters. */
function isTo({ method, path }: Route, request: HttpRequest): boolean {
  const pattern = new RegExp(`^${path.replace(/:\w+/g, "[^/]+")}$`);
  return request.method === method && pattern.test(new URL(request.url).pathname);
}
