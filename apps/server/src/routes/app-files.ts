/** The built messenger, with headers that let it load nothing but itself. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import fastifyStatic from "@fastify/static";
import type { FastifyInstance } from "fastify";

/** Content security policy of every answer (DESIGN: the capsule). `wasm-unsafe-eval` lets core-crypto compile. */
const contentSecurityPolicy = [
  "default-src 'none'",
  "script-src 'self' 'wasm-unsafe-eval'",
  "style-src 'self'",
  "img-src 'self' blob:",
  "connect-src 'self'",
  "worker-src 'self'",
  "manifest-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
  "trusted-types nimes",
].join("; ");

export const securityHeaders: Readonly<Record<string, string>> = {
  "content-security-policy": contentSecurityPolicy,
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-embedder-policy": "require-corp",
  "cross-origin-resource-policy": "same-origin",
  "referrer-policy": "no-referrer",
  "x-content-type-options": "nosniff",
  "permissions-policy":
    "accelerometer=(), camera=(self), display-capture=(), geolocation=(), gyroscope=(), microphone=(), payment=(), usb=()",
};

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
    setHeaders(reply, path) {
      // Names under assets carry a hash of their content.
      const lasting = path.includes("/assets/");
      reply.header("cache-control", lasting ? "public, max-age=31536000, immutable" : "no-cache");
    },
  });
}
