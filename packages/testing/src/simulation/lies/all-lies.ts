/**
 * Every lie that the server can tell, made from the protocol's schemas. A label names one: what is done, to what, and
 * where in it, as in `swap:accepted.sequence` or `code:postKeyPackageClaim`.
 */
import { ClientFrame } from "@nimes/protocol/frames/client-frames";
import { ServerFrame } from "@nimes/protocol/frames/server-frames";
import type { Route } from "@nimes/protocol/routes/route";
import { routes } from "@nimes/protocol/routes/routes";
import { type ChangeKind, changesAt } from "./change-value.ts";
import { alternativesOf, fieldsOf, nameOf, type Place, placesOf, type Shape, shapeOf } from "./shapes.ts";

/** To a frame of the server. `invent` comes beside any other frame. */
const frameKinds = ["drop", "double", "late", "hold", "replay", "garble", "invent"] as const;
/** To a frame of a client. `answer` comes instead of passing it on, `foretell` before it is passed on. */
const submitKinds = ["swallow", "twice", "defer", "answer", "foretell"] as const;
/** To a request. `lost` never reached the server, `unheard` was carried out. */
const httpKinds = ["lost", "unheard", "slow", "again", "code", "spoil", "nonce"] as const;

type About<Kind> = { label: string; subject: string; kind: Kind };
export type ValueLie = About<ChangeKind> & { place: Place };
export type FrameLie = About<(typeof frameKinds)[number]> | ValueLie;
export type SubmitLie = About<(typeof submitKinds)[number]>;
export type HttpLie = About<(typeof httpKinds)[number]> | ValueLie;

export const isValueLie = (lie: FrameLie | HttpLie): lie is ValueLie => "place" in lie;

const labelled = <Kind extends string>(kinds: readonly Kind[], subject: string): About<Kind>[] =>
  kinds.map((kind) => ({ label: `${kind}:${subject}`, subject, kind }));

const changes = (subject: string, shape: Shape): ValueLie[] =>
  placesOf(shape).flatMap((place) =>
    changesAt(place).map((kind) => ({ label: `${kind}:${subject}.${nameOf(place)}`, subject, kind, place })),
  );

/** What a frame is called: its type, and the kind of what it carries. */
export function subjectOf(frame: Readonly<Record<string, unknown>>): string {
  const kinds = Object.values(frame).flatMap((value) => fieldsOf(value)?.kind ?? []);
  return [frame.type, ...kinds].join(".");
}

/** The names that frames of this shape can have. */
export function subjectsOf(shape: Shape): string[] {
  const fields = Object.values(shape.properties ?? {});
  const kinds = fields.flatMap((field) =>
    alternativesOf(field).flatMap(({ properties }) => properties?.kind?.const ?? []),
  );
  const type = String(shape.properties?.type?.const);
  return kinds.length === 0 ? [type] : kinds.map((kind) => `${type}.${kind}`);
}

export const serverFrames = alternativesOf(shapeOf(ServerFrame)).map((shape) => ({
  shape,
  type: subjectsOf(shape).join(),
}));
export const clientFrames = alternativesOf(shapeOf(ClientFrame)).map((shape) => ({
  shape,
  subjects: subjectsOf(shape),
}));
export const namedRoutes: readonly { name: string; route: Route }[] = Object.entries(routes).map(
  ([name, route]) => ({ name, route }),
);

export const frameLies: readonly FrameLie[] = serverFrames.flatMap(({ type, shape }) => [
  ...labelled(frameKinds, type),
  ...changes(type, shape),
]);
export const submitLies: readonly SubmitLie[] = clientFrames.flatMap(({ subjects }) =>
  subjects.flatMap((subject) => labelled(submitKinds, subject)),
);
export const httpLies: readonly HttpLie[] = namedRoutes.flatMap(({ name, route }) => [
  ...labelled(httpKinds, name),
  ...(route.answer === "bytes" ? [] : changes(name, shapeOf(route.answer))),
]);
