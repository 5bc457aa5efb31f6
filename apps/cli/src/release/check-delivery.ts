/** Holds what a server delivers against what was signed: bytes of every file, and the headers beside them. */
import { equalBytes } from "@nimes/protocol/bytes";
import { sha256 } from "@nimes/protocol/hash";
import { releaseFiles } from "@nimes/protocol/release-files";
import { securityHeaders } from "@nimes/protocol/security-headers";
import type { ReleaseFile } from "./release-files.ts";

export type Fetched = { bytes: Uint8Array; headers: Headers };
/** What is longer than `maxBytes` may come back cut: it is not what was signed either way. */
export type Asked = { maxBytes: number; headers?: Record<string, string> };
export type FetchPath = (path: string, asked: Asked) => Promise<Fetched | undefined>;

export type Deviation =
  | { kind: "missing" | "differs" | "two-faced" | "not-listed"; path: string }
  | { kind: "header"; name: string; paths: string[] };

/** How a browser asks for a service worker; a server could give other programs another file. */
const asServiceWorker = { "service-worker": "script", "sec-fetch-dest": "serviceworker" };

/** @returns what deviates: files in their order, then headers. */
export async function checkDelivery(
  files: readonly ReleaseFile[],
  fetchPath: FetchPath,
): Promise<Deviation[]> {
  const deviations: Deviation[] = [];
  const headers = new Map<string, string[]>();
  for (const expected of served(files)) {
    const { path } = expected;
    const found = await fetchPath(path, { maxBytes: expected.size });
    if (!found) {
      deviations.push({ kind: "missing", path });
      continue;
    }
    if (!isAsSigned(found, expected)) deviations.push({ kind: "differs", path });
    for (const name of wrongHeaders(found)) headers.set(name, [...(headers.get(name) ?? []), path]);
  }
  deviations.push(...(await checkServiceWorker(files, fetchPath)));
  for (const [name, paths] of headers) deviations.push({ kind: "header", name, paths });
  return deviations;
}

/** The address that people open delivers the start page, too. */
function served(files: readonly ReleaseFile[]): ReleaseFile[] {
  const start = files.find(({ path }) => path === "/index.html");
  return start ? [{ ...start, path: "/" }, ...files] : [...files];
}

async function checkServiceWorker(files: readonly ReleaseFile[], fetchPath: FetchPath): Promise<Deviation[]> {
  const path = releaseFiles.serviceWorker;
  const expected = files.find((file) => file.path === path);
  if (!expected) return [{ kind: "not-listed", path }];
  const found = await fetchPath(path, { maxBytes: expected.size, headers: asServiceWorker });
  return found && isAsSigned(found, expected) ? [] : [{ kind: "two-faced", path }];
}

const isAsSigned = ({ bytes }: Fetched, expected: ReleaseFile): boolean =>
  bytes.byteLength === expected.size && equalBytes(sha256(bytes), expected.sha256);

const wrongHeaders = ({ headers }: Fetched): string[] =>
  Object.entries(securityHeaders).flatMap(([name, value]) => (headers.get(name) === value ? [] : [name]));
