/** Who answers a request of the page: the server, the verified release, or nobody. */
import type { Refusal } from "./refusal.ts";
import { refusedPage, refusedStyle, refusedStylePath } from "./refused-page.ts";
import type { ReleaseKeeper } from "./release-keeper.ts";

/** The parts of a request that decide. */
export type Asked = Pick<Request, "method" | "url" | "mode" | "destination">;

/**
 * Whether a request goes to the server: data of its routes, fetched by the app itself. A document, a script or a style
 * never does, under whatever address.
 */
export function goesToServer(asked: Asked, origin: string): boolean {
  const url = new URL(asked.url);
  return (
    url.origin === origin &&
    url.pathname.startsWith("/v1/") &&
    asked.destination === "" &&
    asked.mode !== "navigate"
  );
}

/** @returns a file of the verified release, or a refusal. */
export async function answer(keeper: ReleaseKeeper, asked: Asked, origin: string): Promise<Response> {
  const url = new URL(asked.url);
  if (url.origin !== origin || asked.method !== "GET") return Response.error();
  if (url.pathname === refusedStylePath) return refusedStyle();
  const path = url.pathname === "/" ? "/index.html" : url.pathname;
  if (asked.mode === "navigate") return openPage(keeper, path);
  return (await keeper.file(path)) ?? Response.error();
}

async function openPage(keeper: ReleaseKeeper, path: string): Promise<Response> {
  const started = await keeper.start();
  const standing = started ? undefined : await keeper.update();
  const page = await keeper.file(path);
  if (page) return page;
  // A file that is not listed is no part of the app, even where the server has one.
  const refusal: Refusal =
    standing?.offer.state === "refused" ? standing.offer.refusal : { reason: "not-listed", path };
  return refusedPage(refusal);
}
