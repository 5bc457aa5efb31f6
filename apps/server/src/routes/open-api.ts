/** The OpenAPI document, made from the same rows as the routes. */
import type { ErrorCode } from "@nimes/protocol/errors";
import { statusOf } from "@nimes/protocol/errors";
import type { Route } from "@nimes/protocol/routes/route";
import { cborMediaType, errorsOf } from "@nimes/protocol/routes/route";
import { Problem, routes } from "@nimes/protocol/routes/routes";
import type { TSchema } from "typebox";

/** OpenAPI 3.1. Byte strings stand as `{"x-bytes": {"min", "max"}}`; bodies are CBOR of these shapes. */
export function openApiDocument(version: string): object {
  const paths: Record<string, Record<string, object>> = {};
  for (const route of Object.values(routes) as Route[]) {
    const path = route.path.replace(/:(\w+)/g, "{$1}");
    paths[path] = { ...paths[path], [route.method.toLowerCase()]: operation(route) };
  }
  return {
    openapi: "3.1.0",
    info: { title: "NIMes", version, license: { name: "GPL-3.0-only" } },
    paths,
  };
}

function operation(route: Route): object {
  const { body } = route;
  const requestBody =
    body &&
    ("bytes" in body
      ? { content: { "application/octet-stream": { schema: { maxLength: body.bytes } } } }
      : { content: { [cborMediaType]: { schema: plain(body as TSchema) } } });
  const answer =
    route.answer === "bytes"
      ? { "application/octet-stream": {} }
      : { [cborMediaType]: { schema: plain(route.answer) } };
  return {
    summary: route.summary,
    "x-access": route.access,
    parameters: [...parameters("path", route.params), ...parameters("query", route.query)],
    ...(requestBody && { requestBody }),
    responses: {
      "200": { description: "Done", content: answer },
      ...refusals(errorsOf(route)),
    },
  };
}

function parameters(place: "path" | "query", schema: TSchema | undefined): object[] {
  const properties = (schema as { properties?: Record<string, TSchema> } | undefined)?.properties ?? {};
  return Object.entries(properties).map(([name, field]) => ({
    name,
    in: place,
    required: true,
    schema: plain(field),
  }));
}

function refusals(codes: readonly ErrorCode[]): Record<string, object> {
  const byStatus = Map.groupBy(codes, statusOf);
  return Object.fromEntries(
    [...byStatus].map(([status, same]) => [
      String(status),
      { description: same.join(", "), content: { [cborMediaType]: { schema: plain(Problem) } } },
    ]),
  );
}

/** The schema as JSON sees it: checks that are functions fall away. */
const plain = (schema: TSchema): unknown => JSON.parse(JSON.stringify(schema));
