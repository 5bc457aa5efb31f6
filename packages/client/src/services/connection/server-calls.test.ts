import { encodeCbor } from "@nimes/protocol/cbor";
import { ok } from "@nimes/protocol/result";
import { routes } from "@nimes/protocol/routes/routes";
import { expect, test } from "vitest";
import { createServerCalls } from "./server-calls.ts";

const answering = (code: string) =>
  createServerCalls({
    serverUrl: "https://nimes.example",
    http: {
      send: async () => ok({ status: 400, body: encodeCbor({ code }), header: () => null }),
    },
  });

test("a refusal that a route never gives is no word of the server: it cannot tell a phone that its capsule is damaged", async () => {
  const answer = await answering("capsule-damaged").call(routes.getOrganisation, {}, {});
  expect(answer).toEqual({ ok: false, code: "internal" });
  const known = await answering("too-many").call(routes.getOrganisation, {}, {});
  expect(known).toEqual({ ok: false, code: "too-many" });
});
