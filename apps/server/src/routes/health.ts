/** `/healthz`: the process lives. `/readyz`: it can store, which is what its answers are worth. */
import type { FastifyInstance } from "fastify";
import type { Stores } from "../ports/stores.ts";

export function addHealthRoutes(app: FastifyInstance, stores: Pick<Stores, "probe">): void {
  app.get("/healthz", async () => ({ status: "ok" }));
  app.get("/readyz", async (_, reply) => {
    if (await stores.probe()) return { status: "ready" };
    return reply
      .code(503)
      .send({ status: "not ready", reason: "the store cannot be written: disk full or read-only" });
  });
}
