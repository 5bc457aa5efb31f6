/** `/healthz`: the process lives. `/readyz`: it can store, which is what its answers are worth. */
import type { FastifyInstance } from "fastify";
import type { Health } from "../services/health.ts";

export function addHealthRoutes(app: FastifyInstance, health: Pick<Health, "isReady">): void {
  app.get("/healthz", async () => ({ status: "ok" }));
  app.get("/readyz", async (_, reply) => {
    if (await health.isReady()) return { status: "ready" };
    return reply.code(503).send({
      status: "not ready",
      reason: "the store cannot be written: disk full, read-only, or a file was taken away",
    });
  });
}
