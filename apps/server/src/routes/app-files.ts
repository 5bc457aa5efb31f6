/** The built messenger, with headers that let it load nothing but itself. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import fastifyStatic from "@fastify/static";
import { securityHeaders } from "@nimes/protocol/security-headers";
import type { FastifyInstance } from "fastify";

/** Browsers that came here by TLS once come by nothing else for a year. */
const strictTransport = { "strict-transport-security": "max-age=31536000" };

/**
 * @param options.folder the built messenger; without it only the routes are served.
 * @param options.publicUrl where people reach this server.
 */
export function addAppFiles(app: FastifyInstance, options: { folder: string; publicUrl: string }): void {
  const { folder } = options;
  const { protocol, hostname } = new URL(options.publicUrl);
  // Said of `localhost`, it would hold for every other program that serves there.
  const always = protocol === "https:" && !/(^|\.)localhost$/.test(hostname);
  const headers = { ...securityHeaders, ...(always && strictTransport) };
  app.addHook("onSend", async (_, reply) => void reply.headers(headers));
  if (!existsSync(join(folder, "index.html"))) return;
  app.register(fastifyStatic, {
    root: folder,
    cacheControl: false,
    // What a tool or an editor left behind is no part of the app.
    dotfiles: "ignore",
    setHeaders(reply, path) {
      // Names under assets carry a hash of their content.
      const lasting = path.includes("/assets/");
      reply.header("cache-control", lasting ? "public, max-age=31536000, immutable" : "no-cache");
    },
  });
}
