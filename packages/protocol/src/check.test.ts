import fc from "fast-check";
import * as Type from "typebox";
import { Check } from "typebox/value";
import { expect, test } from "vitest";
import { findFault, fits } from "./check.ts";
import * as content from "./content/content.ts";
import * as entry from "./entry.ts";
import { errorTable } from "./errors.ts";
import * as clientFrames from "./frames/client-frames.ts";
import * as serverFrames from "./frames/server-frames.ts";
import type { Route } from "./routes/route.ts";
import { Problem, routes } from "./routes/routes.ts";
import * as deviceLink from "./signed/device-link.ts";
import * as orders from "./signed/orders.ts";
import * as orgManifest from "./signed/org-manifest.ts";
import * as policy from "./signed/policy.ts";
import * as refounding from "./signed/refounding.ts";
import * as rejoinProof from "./signed/rejoin-proof.ts";
import * as releaseManifest from "./signed/release-manifest.ts";
import * as roomLeave from "./signed/room-leave.ts";
import * as roomRoles from "./signed/room-roles.ts";
import * as usageAgreement from "./signed/usage-agreement.ts";
import * as userAttestation from "./signed/user-attestation.ts";
import * as welcomeProof from "./signed/welcome-proof.ts";

/** What TypeBox keeps in a schema, as far as values are made from it here. */
type Node = Type.TSchema & {
  type?: string;
  const?: unknown;
  anyOf?: Node[];
  properties?: Record<string, Node>;
  required?: string[];
  items?: Node;
  maxItems?: number;
  minItems?: number;
  pattern?: string;
  minLength?: number;
  maximum?: number;
  "x-bytes"?: { min: number; max: number };
};

const modules = {
  content,
  entry,
  clientFrames,
  serverFrames,
  deviceLink,
  orders,
  orgManifest,
  policy,
  releaseManifest,
  refounding,
  rejoinProof,
  roomLeave,
  roomRoles,
  welcomeProof,
  usageAgreement,
  userAttestation,
};
const isSchema = (value: unknown): value is Node =>
  typeof value === "object" && value !== null && "~kind" in value;
const schemas: [string, Node][] = [
  ["Problem", Problem as Node],
  ...Object.entries(modules).flatMap(([module, exports]) =>
    Object.entries(exports).flatMap(([name, value]): [string, Node][] =>
      isSchema(value) ? [[`${module} ${name}`, value]] : [],
    ),
  ),
  ...Object.entries(routes as Record<string, Route>).flatMap(([name, row]) =>
    (["params", "query", "body", "answer"] as const).flatMap((part): [string, Node][] =>
      isSchema(row[part]) ? [[`${name} ${part}`, row[part]]] : [],
    ),
  ),
];

/** Values that fit the schema, or nearly: what a refinement says beyond bytes is left to chance. */
function valuesOf(schema: Node): fc.Arbitrary<unknown> {
  if (schema.anyOf) return fc.oneof(...schema.anyOf.map(valuesOf));
  if ("const" in schema) return fc.constant(schema.const);
  const bytes = schema["x-bytes"];
  if (bytes)
    return fc.uint8Array({ minLength: bytes.min, maxLength: Math.max(bytes.min, Math.min(bytes.max, 40)) });
  switch (schema.type) {
    case "object": {
      const { properties = {}, required = [] } = schema;
      const fields = Object.fromEntries(
        Object.entries(properties).map(([name, field]) => [name, valuesOf(field)]),
      );
      return fc.record(fields, { requiredKeys: required, noNullPrototype: true });
    }
    case "array":
      return fc.array(valuesOf(schema.items as Node), {
        minLength: schema.minItems ?? 0,
        maxLength: (schema.minItems ?? 0) + 2,
      });
    case "string":
      return schema.pattern === undefined
        ? fc.oneof(
            fc.string({ unit: "grapheme", minLength: schema.minLength ?? 0, maxLength: 60 }),
            fc.constantFrom("newer-kind", ...Object.keys(errorTable)),
          )
        : fc.stringMatching(new RegExp(schema.pattern, "u"), { maxLength: 200 });
    case "integer":
      return fc.integer({ min: 0, max: Math.min(schema.maximum ?? 9, Number.MAX_SAFE_INTEGER) });
    case "boolean":
      return fc.boolean();
    case "null":
      return fc.constant(null);
    default:
      return fc.constantFrom<unknown>(null, 7, "anything", { of: ["any", "shape"] });
  }
}

const oddValues: readonly unknown[] = [
  null,
  true,
  0,
  -1,
  1.5,
  Number.NaN,
  Number.POSITIVE_INFINITY,
  2 ** 53,
  "",
  "service",
  "👮".repeat(60),
  "x".repeat(121),
  "y".repeat(70_000),
  new Uint8Array(0),
  new Uint8Array(33),
  [],
  Array.from({ length: 2_000 }, () => 0),
  {},
  { length: 1 },
];
type Mutation = { at: number; how: "replace" | "remove" | "add"; odd: number };
const mutations: fc.Arbitrary<Mutation> = fc.record({
  at: fc.nat(),
  how: fc.constantFrom("replace", "remove", "add"),
  odd: fc.nat(oddValues.length - 1),
});

/** Changes one place of a value, wherever that is. */
function mutate(value: unknown, { at, how, odd }: Mutation): unknown {
  if (typeof value !== "object" || value === null || value instanceof Uint8Array) return oddValues[odd];
  const copy: Record<string, unknown> | unknown[] = Array.isArray(value) ? [...value] : { ...value };
  const places = copy as Record<string, unknown>;
  const names = Object.keys(copy);
  const name = names[at % (names.length + 1)];
  if (name === undefined) {
    if (how === "replace") return oddValues[odd];
    places[Array.isArray(copy) ? names.length : "extra"] = oddValues[odd];
  } else if (how === "remove") {
    if (Array.isArray(copy)) copy.splice(Number(name), 1);
    else delete places[name];
  } else places[name] = mutate(places[name], { at: Math.floor(at / (names.length + 1)), how, odd });
  return copy;
}

test("the schemas of the protocol are all here", () => {
  expect(schemas.length).toBeGreaterThan(80);
});

test.for(schemas)("%s judges as TypeBox does, whatever comes (S1)", ([, schema]) => {
  let fitting = 0;
  const alike = (value: unknown) => {
    const judged = fits(schema, value);
    expect(judged).toBe(Check(schema, value));
    if (judged) fitting += 1;
  };
  fc.assert(fc.property(valuesOf(schema), alike), { numRuns: 60 });
  expect(fitting).toBeGreaterThan(0);
  fc.assert(
    fc.property(valuesOf(schema), mutations, (value, mutation) => alike(mutate(value, mutation))),
    { numRuns: 250 },
  );
  for (const odd of oddValues) alike(odd);
});

test.for([
  ["a format", Type.String({ format: "email" }), "a@b.de"],
  ["one of two", { oneOf: [Type.Null(), Type.Boolean()] }, null],
  ["a reference", Type.Ref("Name"), "Anna"],
  ["a big integer", Type.BigInt(), 1],
  ["patterns of names", Type.Record(Type.String(), Type.Null()), {}],
] as const)(
  "a schema that says %s is a bug, not a check that lets things through (S1)",
  ([, schema, value]) => {
    expect(() => findFault(schema, value)).toThrow("schemas of the protocol");
  },
);

test("a text's length counts code points (S1)", () => {
  expect(fits(Type.String({ maxLength: 2 }), "👮👮")).toBe(true);
  expect(fits(Type.String({ maxLength: 2 }), "👮👮👮")).toBe(false);
  expect(fits(Type.String({ minLength: 2 }), "👮")).toBe(false);
});
