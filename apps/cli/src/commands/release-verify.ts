/** `nimes release verify`: whether a server delivers exactly what was signed. Needs no key and no account. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { equalBytes } from "@nimes/protocol/bytes";
import { decodeCbor } from "@nimes/protocol/cbor";
import { rootKeyHash } from "@nimes/protocol/ids";
import { releaseFiles } from "@nimes/protocol/release-files";
import { Signed } from "@nimes/protocol/schema";
import { OrgManifest } from "@nimes/protocol/signed/org-manifest";
import { ReleaseManifest } from "@nimes/protocol/signed/release-manifest";
import { openSigned, peekSigned } from "@nimes/protocol/signed/signed";
import { openOrganisation } from "../folder/organisation-folder.ts";
import type { Deviation, Fetched } from "../release/check-delivery.ts";
import { checkDelivery } from "../release/check-delivery.ts";
import { Stop } from "../stop.ts";
import type { Terminal } from "../terminal/terminal.ts";
import { momentIn } from "../texts/texts.ts";
import { parseKey, parseRootHash, parseServer } from "./arguments.ts";

const timeoutMs = 30_000;

/** What the signatures are verified from; one of the two at least. */
type Anchor = { rootHash?: Uint8Array; publicKey?: Uint8Array /** Known here already. */; version: number };

/** Fetches the manifests and every file that they name, and says what differs, headers too. */
export async function verifyRelease(
  terminal: Terminal,
  given: { folder: string; url: string; root?: string; publicKey?: string },
): Promise<void> {
  const { texts, language } = terminal;
  const words = texts.rules.release;
  const address = parseServer(texts, given.url);
  const anchor = await anchorOf(terminal, given);
  const fetchPath = (path: string, headers: Record<string, string> = {}): Promise<Fetched | undefined> =>
    fetchFile(terminal, { url: address + path, headers });
  const organisation = await openOrganisationOf(terminal, { address, anchor, fetchPath });
  const keys = (organisation.releaseKeys ?? []).filter(
    (key) => !anchor.publicKey || equalBytes(key, anchor.publicKey),
  );
  const release = await openReleaseOf(terminal, { address, keys, fetchPath });
  const deviations = await checkDelivery(release.files, fetchPath);
  const lines = deviations.map((deviation) => lineFor(terminal, deviation));
  if (organisation.version < anchor.version)
    lines.unshift(words.organisationBehind(organisation.version, anchor.version));
  for (const line of lines) terminal.print(line);
  const { version, time, files } = release;
  if (lines.length > 0) throw new Stop("refused", words.untrue(version, lines.length));
  terminal.print(words.verified({ version, files: files.length, signedAt: momentIn(language, time) }));
}

async function anchorOf(
  terminal: Terminal,
  given: { folder: string; root?: string; publicKey?: string },
): Promise<Anchor> {
  const { texts } = terminal;
  const publicKey = given.publicKey === undefined ? undefined : parseKey(texts, given.publicKey);
  const key = publicKey && { publicKey };
  if (given.root !== undefined) return { ...key, rootHash: parseRootHash(texts, given.root), version: 0 };
  if (existsSync(join(given.folder, "organisation.json"))) {
    const { rootHash, manifest } = await openOrganisation(terminal, given.folder);
    return { ...key, rootHash, version: manifest.version };
  }
  if (!key) throw new Stop("usage", texts.rules.release.noKey);
  return { ...key, version: 0 };
}

type Source = {
  address: string;
  fetchPath: (path: string) => Promise<Fetched | undefined>;
};

async function openOrganisationOf(
  terminal: Terminal,
  { address, anchor, fetchPath }: Source & { anchor: Anchor },
): Promise<OrgManifest> {
  const words = terminal.texts.rules.release;
  const signed = decodeSigned(await fetchPath(releaseFiles.organisation));
  if (!signed) throw new Stop("refused", words.noManifest(address));
  const peeked = peekSigned(OrgManifest, signed);
  if (!peeked.ok) throw new Stop("refused", words.notSigned(address));
  const { rootKey } = peeked.value;
  const expected = !anchor.rootHash || equalBytes(rootKeyHash(rootKey), anchor.rootHash);
  const opened = await openSigned("OrgManifest", OrgManifest, signed, [rootKey]);
  if (!expected || !opened.ok) throw new Stop("refused", words.notSigned(address));
  return opened.value;
}

async function openReleaseOf(
  terminal: Terminal,
  { address, keys, fetchPath }: Source & { keys: readonly Uint8Array[] },
): Promise<ReleaseManifest> {
  const words = terminal.texts.rules.release;
  const signed = decodeSigned(await fetchPath(releaseFiles.release));
  if (!signed) throw new Stop("refused", words.noManifest(address));
  for (const key of keys) {
    const opened = await openSigned("ReleaseManifest", ReleaseManifest, signed, [key]);
    if (opened.ok) return opened.value;
  }
  throw new Stop("refused", words.notSigned(address));
}

function decodeSigned(fetched: Fetched | undefined): Signed | undefined {
  const decoded = fetched && decodeCbor(Signed, fetched.bytes);
  return decoded?.ok ? decoded.value : undefined;
}

function lineFor({ texts }: Terminal, deviation: Deviation): string {
  const words = texts.rules.release;
  switch (deviation.kind) {
    case "missing":
      return words.missing(deviation.path);
    case "differs":
      return words.differs(deviation.path);
    case "two-faced":
      return words.twoFaced(deviation.path);
    case "not-listed":
      return words.noServiceWorker(deviation.path);
    case "header":
      return words.header(deviation.name, deviation.paths.length, deviation.paths[0] ?? "/");
  }
}

/** @returns undefined when the server has no such file. @throws Stop when it does not answer. */
async function fetchFile(
  { texts }: Terminal,
  { url, headers }: { url: string; headers: Record<string, string> },
): Promise<Fetched | undefined> {
  try {
    const signal = AbortSignal.timeout(timeoutMs);
    const answer = await fetch(url, { redirect: "error", headers, signal });
    const bytes = new Uint8Array(await answer.arrayBuffer());
    return answer.ok ? { bytes, headers: answer.headers } : undefined;
  } catch {
    throw new Stop("unreachable", texts.unreachable(new URL(url).origin));
  }
}
