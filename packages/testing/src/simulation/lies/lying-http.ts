/** The inventing server's HTTP answers. */
import type { Http, HttpAnswer } from "@nimes/client/ports/http";
import { decodeCbor, encodeCbor } from "@nimes/protocol/cbor";
import { errorTable, isErrorCode, statusOf } from "@nimes/protocol/errors";
import type { Result } from "@nimes/protocol/result";
import { ok, refuse } from "@nimes/protocol/result";
import { errorsOf, nonceHeader, type Route } from "@nimes/protocol/routes/route";
import type { Random } from "../random.ts";
import { type HttpLie, httpLies, isValueLie, namedRoutes } from "./all-lies.ts";
import { brief } from "./brief.ts";
import { changeValue } from "./change-value.ts";
import type { Liar } from "./liar.ts";
import { shapeOf } from "./shapes.ts";

const delaysMs = [20, 150, 600, 2_500];
const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
const kept = 50;

/** Answers that the server has given, by route, to give them again to anybody. */
export type AnsweredBefore = Map<string, HttpAnswer[]>;

const patterns = namedRoutes.map(({ name, route }) => ({
  name,
  route,
  path: new RegExp(`^${route.path.replace(/:\w+/g, "[^/]+")}$`),
}));
const routeOf = (method: string, url: string) =>
  patterns.find(({ route, path }) => route.method === method && path.test(new URL(url).pathname));

export function lyingHttp(
  inner: Http,
  { officer, liar, answeredBefore }: { officer: string; liar: Liar; answeredBefore: AnsweredBefore },
): Http {
  return {
    async send(request) {
      const found = routeOf(request.method, request.url);
      if (!found) return inner.send(request);
      const { name, route } = found;
      const lies = httpLies.filter(({ subject }) => subject === name);
      const chosen = liar.choose(officer, { subject: name, lies });
      if (chosen?.lie.kind === "lost") {
        liar.tell(officer, chosen.lie);
        return refuse("no-network");
      }
      const honest = await inner.send(request);
      if (!honest.ok) return honest;
      learn(liar, route, honest.value);
      const before = answeredBefore.get(name) ?? [];
      answeredBefore.set(name, [...before.slice(1 - kept), honest.value]);
      if (!chosen) return honest;
      const { lie, random } = chosen;
      const detail = { text: "" };
      const told = await retell(honest.value, { lie, route, before, liar, random, detail });
      if (told) liar.tell(officer, lie, detail.text);
      return told ?? honest;
    },
  };
}

function learn(liar: Liar, route: Route, { status, body }: HttpAnswer): void {
  if (status !== 200 || route.answer === "bytes") return;
  const answer = decodeCbor(route.answer, body);
  if (answer.ok) liar.dictionary.learn(route.answer, answer.value);
}

type Lying = {
  lie: HttpLie;
  route: Route;
  before: readonly HttpAnswer[];
  liar: Liar;
  random: Random;
  detail: { text: string };
};

/** @returns undefined where this answer leaves nothing to lie about. */
async function retell(honest: HttpAnswer, lying: Lying): Promise<Result<HttpAnswer> | undefined> {
  const { lie, route, before, liar, random, detail } = lying;
  if (isValueLie(lie)) {
    if (route.answer === "bytes" || honest.status !== 200) return undefined;
    const answer = decodeCbor(route.answer, honest.body);
    if (!answer.ok) return undefined;
    const root = { shape: shapeOf(route.answer), value: answer.value };
    const change = changeValue(root, lie, { dictionary: liar.dictionary, random });
    if (!change) return undefined;
    detail.text = `${brief(change.before)} → ${brief(change.after)}`;
    return ok({ ...honest, body: encodeCbor(root.value) });
  }
  switch (lie.kind) {
    case "lost":
    case "unheard":
      return refuse("no-network");
    case "slow":
      await pause(random.oneOf(delaysMs) ?? 0);
      return ok(honest);
    case "again": {
      const old = random.oneOf(before);
      return old && ok(old);
    }
    case "code": {
      const codes = random.chance(0.7) ? errorsOf(route) : Object.keys(errorTable).filter(isErrorCode);
      const code = random.oneOf(codes) ?? "internal";
      detail.text = code;
      return ok({ ...honest, status: statusOf(code) || 500, body: encodeCbor({ code }) });
    }
    case "spoil":
      return ok({ ...honest, body: honest.body.slice(0, random.below(honest.body.length)) });
    case "nonce":
      return ok({ ...honest, header: (name) => (name === nonceHeader ? "made-up" : honest.header(name)) });
    default:
      return lie satisfies never;
  }
}
