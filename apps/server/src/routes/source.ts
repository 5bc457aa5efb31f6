/** The source of what runs here, for everybody who gets the app from here (GPL-3.0, section 6 d). */
import { createReadStream, statSync } from "node:fs";
import type { FastifyInstance } from "fastify";

/** @param file a tar.gz; where it is missing, so is the route. */
export function addSourceRoute(app: FastifyInstance, file: string): void {
  app.get("/v1/source", async (_, reply) => {
    const size = statSync(file, { throwIfNoEntry: false })?.size;
    if (size === undefined) return reply.callNotFound();
    return reply
      .headers({
        "content-type": "application/gzip",
        "content-disposition": 'attachment; filename="nimes-source.tar.gz"',
        "content-length": size,
      })
      .send(createReadStream(file));
  });
}
