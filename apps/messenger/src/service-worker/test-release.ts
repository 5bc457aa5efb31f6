/** An organisation, its signed releases and a server that delivers them, in memory, for tests. */
import { encodeCbor } from "@nimes/protocol/cbor";
import { sha256 } from "@nimes/protocol/hash";
import { orgIdOf } from "@nimes/protocol/ids";
import { releaseFiles } from "@nimes/protocol/release-files";
import type { OrgManifest } from "@nimes/protocol/signed/org-manifest";
import type { SignedType } from "@nimes/protocol/signed/signature";
import type { Signer } from "@nimes/protocol/signed/signed";
import { signerFromSeed, signStructure } from "@nimes/protocol/signed/signed";
import type { FetchBytes } from "./fetch-file.ts";
import type { ReleaseState, ReleaseStore } from "./release-store.ts";

export const text = (words: string): Uint8Array => new TextEncoder().encode(words);
const signer = (number: number): Promise<Signer> => signerFromSeed(new Uint8Array(32).fill(number));

export type TestOrganisation = {
  root: Signer;
  key: Signer;
  /** The organisation's manifest as signed. */
  organisation(changes?: Partial<OrgManifest>): Promise<Uint8Array>;
  /** The release manifest as signed. */
  release(
    files: Record<string, string>,
    how: { time: number; by?: Signer; type?: SignedType },
  ): Promise<Uint8Array>;
};

export async function makeOrganisation(number = 1): Promise<TestOrganisation> {
  const root = await signer(number);
  const key = await signer(number + 100);
  return {
    root,
    key,
    async organisation(changes = {}) {
      const manifest: OrgManifest = {
        orgId: orgIdOf(root.publicKey),
        version: 2,
        previous: new Uint8Array(32),
        name: "Polizei",
        rootKey: root.publicKey,
        cipherSuite: 1,
        units: [],
        deskKeys: [],
        revocationKeys: [],
        policyKeys: [],
        releaseKeys: [key.publicKey],
        validFrom: 1_700_000_000_000,
        validUntil: 1_900_000_000_000,
        ...changes,
      };
      return encodeCbor(await signStructure("OrgManifest", manifest, [root]));
    },
    async release(files, { time, by = key, type = "ReleaseManifest" }) {
      const listed = Object.entries(files).map(([path, words]) => {
        const bytes = text(words);
        return { path, sha256: sha256(bytes), size: bytes.byteLength };
      });
      const manifest = { version: `v${time}`, time, files: listed };
      return encodeCbor(await signStructure(type, manifest, [by]));
    },
  };
}

/** Files by path; `asked` counts what was fetched. `down` lets it answer no more. */
export function memoryServer() {
  const files = new Map<string, Uint8Array>();
  const asked: string[] = [];
  const server = {
    files,
    asked,
    down: false,
    /** Puts a release there, as `nimes release sign` leaves it. */
    put(contents: Record<string, string>, signed: { organisation: Uint8Array; release: Uint8Array }) {
      files.clear();
      for (const [path, words] of Object.entries(contents)) files.set(path, text(words));
      files.set(releaseFiles.organisation, signed.organisation);
      files.set(releaseFiles.release, signed.release);
    },
  };
  const fetchBytes: FetchBytes = async (path, { maxBytes, onBytes }) => {
    asked.push(path);
    if (server.down) throw new Error("no network");
    const bytes = files.get(path)?.subarray(0, maxBytes + 1);
    if (bytes) onBytes?.(bytes.byteLength);
    return bytes;
  };
  return { ...server, server, fetchBytes };
}

export function memoryStore() {
  const releases = new Map<string, Map<string, Uint8Array>>();
  const kept: { state?: ReleaseState; full: boolean } = { full: false };
  const store: ReleaseStore = {
    readState: async () => kept.state,
    async writeState(state) {
      kept.state = state;
    },
    async read(release, path) {
      const bytes = releases.get(release)?.get(path);
      return bytes && new Response(Uint8Array.from(bytes));
    },
    async write(release, path, bytes) {
      if (kept.full) throw new DOMException("full", "QuotaExceededError");
      const files = releases.get(release) ?? new Map<string, Uint8Array>();
      releases.set(release, files.set(path, bytes));
    },
    async forgetAllBut(ids) {
      for (const id of releases.keys()) if (!ids.includes(id)) releases.delete(id);
    },
  };
  return { store, releases, kept };
}
