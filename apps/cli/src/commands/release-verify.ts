/** `nimes release verify`: whether a server delivers exactly what was signed. Needs no key and no account. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { equalBytes } from "@nimes/protocol/bytes";
import { decodeCbor } from "@nimes/protocol/cbor";
import { rootKeyHash } from "@nimes/protocol/ids";
import { limits } from "@nimes/protocol/limits";
import { releaseFiles } from "@nimes/protocol/release-files";
import { Signed } from "@nimes/protocol/schema";
import { OrgManifest } from "@nimes/protocol/signed/org-manifest";
import type { ReleaseManifest } from "@nimes/protocol/signed/release-manifest";
import { openSigned, peekSigned } from "@nimes/protocol/signed/signed";
import { openOrganisation } from "../folder/organisation-folder.ts";
import type { Asked, Deviation, Fetched, FetchPath } from "../release/check-delivery.ts";
import { checkDelivery } from "../release/check-delivery.ts";
import { keepRelease, newestKnownRelease, openRelease } from "../release/known-releases.ts";
import { readUpTo } from "../server/bounded-answer.ts";
import { unreachable } from "../server/unreachable.ts";
import { Stop } from "../stop.ts";
import type { Terminal } from "../terminal/terminal.ts";
import { momentIn } from "../texts/texts.ts";
import { parseKey, parseRootHash, parseServer } from "./arguments.ts";

const timeoutMs = 30_000;

/** What the signatures are verified from; one of the two at least. */
type Anchor = {
  rootHash?: Uint8Array;
  publicKey?: Uint8Array;
  /** Of the organisation, known here already. */
  version: number;
  /** Where releases are known and remembered; undefined for whoever goes by `--root` or `--public-key` alone. */
  folder?: string;
};

/** Fetches the manifests and every file that they name, and says what differs, headers too. */
export async function verifyRelease(
  terminal: Terminal,
  given: { folder: string; url: string; root?: string; publicKey?: string; atLeast?: string },
): Promise<void> {
  const { texts, language } = terminal;
  const words = texts.rules.release;
  const address = parseServer(texts, given.url);
  const asked = given.atLeast === undefined ? 0 : parseNumber(terminal, given.atLeast);
  const anchor = await anchorOf(terminal, given);
  const fetchPath: FetchPath = (path, asked) => fetchFile(terminal, { url: address + path, ...asked });
  const organisation = await openOrganisationOf(terminal, { address, anchor, fetchPath });
  const { validUntil } = organisation;
  const keys = (organisation.releaseKeys ?? []).filter(
    (key) => !anchor.publicKey || equalBytes(key, anchor.publicKey),
  );
  const { release, signed } = await openReleaseOf(terminal, { address, keys, validUntil, fetchPath });
  const { version, time, files } = release;
  const deviations = await checkDelivery(release.files, fetchPath);
  const lines = deviations.map((deviation) => lineFor(terminal, deviation));
  if (organisation.version < anchor.version)
    lines.unshift(words.organisationBehind(organisation.version, anchor.version));
  const least = Math.max(asked, await newestKnownTime(terminal, { anchor, organisation }));
  if (time < least) lines.unshift(words.behind(version, momentIn(language, time), momentIn(language, least)));
  for (const line of lines) terminal.print(line);
  if (lines.length > 0) throw new Stop("refused", words.untrue(version, lines.length));
  terminal.print(words.verified({ version, files: files.length, signedAt: momentIn(language, time) }));
  terminal.note(words.number(version, time));
  if (anchor.folder !== undefined) remember(terminal, anchor.folder, { time, signed });
}

const newestKnownTime = async (
  terminal: Terminal,
  { anchor, organisation }: { anchor: Anchor; organisation: OrgManifest },
): Promise<number> => {
  const { folder } = anchor;
  if (folder === undefined) return 0;
  const known = await newestKnownRelease(terminal, { folder, keys: organisation.releaseKeys ?? [] });
  return known?.time ?? 0;
};

/** What was found holds, too, where nothing can be written. */
function remember(terminal: Terminal, folder: string, release: { time: number; signed: Signed }): void {
  try {
    keepRelease(terminal, folder, release);
  } catch (error) {
    if (!(error instanceof Stop)) throw error;
    terminal.note(error.message);
  }
}

function parseNumber({ texts }: Terminal, text: string): number {
  if (!/^[1-9][0-9]{0,12}$/.test(text)) throw new Stop("usage", texts.rules.release.notANumber(text));
  return Number(text);
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
    return { ...key, rootHash, version: manifest.version, folder: given.folder };
  }
  if (!key) throw new Stop("usage", texts.rules.release.noKey);
  return { ...key, version: 0 };
}

type Source = { address: string; fetchPath: FetchPath };
const asManifest = { maxBytes: limits.maxSignedBytes + 4096 };

async function openOrganisationOf(
  terminal: Terminal,
  { address, anchor, fetchPath }: Source & { anchor: Anchor },
): Promise<OrgManifest> {
  const words = terminal.texts.rules.release;
  const signed = decodeSigned(await fetchPath(releaseFiles.organisation, asManifest));
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
  { address, keys, validUntil, fetchPath }: Source & { keys: readonly Uint8Array[]; validUntil: number },
): Promise<{ release: ReleaseManifest; signed: Signed }> {
  const words = terminal.texts.rules.release;
  const signed = decodeSigned(await fetchPath(releaseFiles.release, asManifest));
  if (!signed) throw new Stop("refused", words.noManifest(address));
  const release = await openRelease(signed, keys);
  if (!release || release.time > validUntil) throw new Stop("refused", words.notSigned(address));
  return { release, signed };
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
  { url, headers = {}, maxBytes }: { url: string } & Asked,
): Promise<Fetched | undefined> {
  try {
    const signal = AbortSignal.timeout(timeoutMs);
    const answer = await fetch(url, { redirect: "error", headers, signal });
    const bytes = await readUpTo(answer, maxBytes);
    return answer.ok ? { bytes, headers: answer.headers } : undefined;
  } catch (error) {
    throw unreachable(texts, new URL(url).origin, error);
  }
}
