/**
 * Keeps the app: takes a release only when it is whole and every file is as it was signed, uses it from the next start
 * on, and never lets go of the one in use before that.
 *
 * nothing → (fetched, verified) → active; active → (newer one verified) → active and next → (start) → active, previous
 */
import { releaseFiles } from "@nimes/protocol/release-files";
import type { FetchBytes } from "./fetch-file.ts";
import { fetchVerified } from "./fetch-file.ts";
import { judgeOffer, type Offered } from "./judge-offer.ts";
import { type Release, readRelease, readSigned } from "./read-signed.ts";
import type { Outcome, Refusal } from "./refusal.ts";
import { refused } from "./refusal.ts";
import type { ReleaseState, ReleaseStore } from "./release-store.ts";

/** Files under way at once: enough for a slow network, few enough for a phone's memory. */
const parallelFetches = 4;
const maxManifestBytes = 512 * 1024;

/** How the app of this browser stands; what the page is told. */
export type Standing = {
  /** The release in use; undefined while there is none. */
  active: { version: string; time: number } | undefined;
  /** Hash of the organisation's root key that releases are verified from, hexadecimal. */
  rootHash: string | undefined;
  /** What the server offers. */
  offer: { state: "current" } | { state: "ready"; version: string } | { state: "refused"; refusal: Refusal };
};

export type ReleaseKeeper = {
  /** The release to start with: a verified one that waits is taken now. @returns undefined while there is none. */
  start(): Promise<Release | undefined>;
  /** A file of the release in use, or of the one before. */
  file(path: string): Promise<Response | undefined>;
  /** Looks at what the server offers, and fetches it. Asked twice at once, it looks once. */
  update(): Promise<Standing>;
  /** Hears how much of a release is there, in percent of its bytes, until this look is over or the next one. */
  onProgress(listener: OnProgress): void;
};
type OnProgress = (percent: number) => void;

export function createReleaseKeeper(ports: { store: ReleaseStore; fetchBytes: FetchBytes }): ReleaseKeeper {
  const { store, fetchBytes } = ports;
  const manifests = new Map<string, Release>();
  let current: ReleaseState | undefined;
  let running: Promise<Standing> | undefined;
  const listeners = new Set<OnProgress>();
  let lastChange: Promise<unknown> = Promise.resolve();

  /** One change after the other, each of the state as it then is. */
  function change(alter: (state: ReleaseState | undefined) => ReleaseState | undefined) {
    const changed = lastChange.then(async () => {
      const before = await store.readState();
      const after = alter(before);
      if (after && after !== before) await store.writeState(after);
      current = after;
      return after;
    });
    lastChange = changed.catch(() => undefined);
    return changed;
  }

  async function manifestOf(id: string): Promise<Release | undefined> {
    const known = manifests.get(id);
    if (known) return known;
    const kept = await store.read(id, releaseFiles.release);
    const signed = kept && readSigned(new Uint8Array(await kept.arrayBuffer()));
    const release = signed && (await readRelease(signed.payload));
    if (release?.id !== id) return undefined;
    manifests.set(id, release);
    return release;
  }

  async function start(): Promise<Release | undefined> {
    const before = await store.readState();
    const state = before?.next === undefined ? before : await change(takeNext);
    current = state;
    return state && manifestOf(state.active);
  }

  async function file(path: string): Promise<Response | undefined> {
    const state = current ?? (await store.readState());
    if (!state) return undefined;
    const expected = (await manifestOf(state.active))?.files.get(path);
    if (expected)
      return (await store.read(state.active, path)) ?? (await mend(state.active, { path, expected }));
    return state.previous === undefined || !(await manifestOf(state.previous))?.files.has(path)
      ? undefined
      : store.read(state.previous, path);
  }

  /** A browser may throw single files away. */
  async function mend(release: string, { path, expected }: { path: string; expected: Expected }) {
    const fetched = await fetchVerified(fetchBytes, path, expected);
    if (!fetched.ok) return undefined;
    await store.write(release, path, fetched.value);
    return store.read(release, path);
  }

  async function look(): Promise<Standing> {
    const state = await store.readState();
    const outcome = await take(state);
    const after = await store.readState();
    const active = after && (await manifestOf(after.active));
    const next = after?.next === undefined ? undefined : await manifestOf(after.next);
    const taken: Standing["offer"] = next ? { state: "ready", version: next.version } : { state: "current" };
    return {
      active: active && { version: active.version, time: active.time },
      rootHash: after?.pin.rootHash,
      offer: outcome.ok ? taken : { state: "refused", refusal: outcome.refusal },
    };
  }

  async function take(state: ReleaseState | undefined): Promise<Outcome<undefined>> {
    const offered = await fetchOffer(fetchBytes);
    if (!offered.ok) return offered;
    const judged = await judgeOffer(state?.pin, offered.value);
    if (!judged.ok) return judged;
    const { release, pin } = judged.value;
    const have = release.id === state?.active || release.id === state?.next;
    try {
      if (!have) {
        await store.forgetAllBut([...inUse(state), release.id]);
        const filled = await fill(release, state?.active);
        if (!filled.ok) return filled;
        // Last: a release whose manifest is here is whole.
        await store.write(release.id, releaseFiles.release, offered.value.release);
      }
      const after = await change((now) => accept(now, { id: release.id, pin }));
      await store.forgetAllBut(inUse(after));
    } catch {
      return refused({ reason: "no-space" });
    }
    return { ok: true, value: undefined };
  }

  /** Every file of the release into its cache: from where it was left, from the release in use, or from the server. */
  async function fill(release: Release, from: string | undefined): Promise<Outcome<undefined>> {
    const source = from === undefined ? undefined : await manifestOf(from);
    const waiting = [...release.files].filter(([path]) => path !== releaseFiles.release);
    const count = counted(waiting, (percent) => {
      for (const listener of listeners) listener(percent);
    });
    let failure: { ok: false; refusal: Refusal } | undefined;
    const work = async (): Promise<void> => {
      for (let next = waiting.shift(); next && !failure; next = waiting.shift()) {
        const [path, expected] = next;
        if (await store.read(release.id, path)) {
          count(expected.size);
          continue;
        }
        const same = source?.files.get(path)?.sha256 === expected.sha256;
        const kept = same && from !== undefined ? await store.read(from, path) : undefined;
        const found = kept
          ? { ok: true as const, value: new Uint8Array(await kept.arrayBuffer()) }
          : await fetchVerified(fetchBytes, path, expected, count);
        if (kept) count(expected.size);
        if (found.ok) await store.write(release.id, path, found.value);
        else failure ??= found;
      }
    };
    await Promise.all(Array.from({ length: parallelFetches }, work));
    return failure ?? { ok: true, value: undefined };
  }

  return {
    start,
    file,
    onProgress: (listener) => void listeners.add(listener),
    update() {
      running ??= look().finally(() => {
        running = undefined;
        listeners.clear();
      });
      return running;
    },
  };
}

type Expected = { sha256: string; size: number };

/** @returns what counts bytes that are there; whole percents are told, once each. */
function counted(files: readonly (readonly [string, Expected])[], tell: OnProgress): (bytes: number) => void {
  const total = files.reduce((sum, [, { size }]) => sum + size, 0);
  let done = 0;
  let told = -1;
  return (bytes) => {
    done += bytes;
    // What was fetched twice counts twice.
    const percent = Math.min(100, Math.floor((100 * done) / Math.max(1, total)));
    if (percent > told) tell(percent);
    told = Math.max(told, percent);
  };
}

const inUse = (state: ReleaseState | undefined): string[] =>
  state ? [state.active, state.previous, state.next].filter((id) => id !== undefined) : [];

function takeNext(state: ReleaseState | undefined): ReleaseState | undefined {
  if (state?.next === undefined) return state;
  const { next, ...rest } = state;
  return { ...rest, active: next, previous: state.active };
}

function accept(state: ReleaseState | undefined, { id, pin }: { id: string; pin: ReleaseState["pin"] }) {
  if (!state) return { format: 2 as const, pin, active: id };
  if (id !== state.active) return { ...state, pin, next: id };
  // The server went back to what is in use before the newer one was taken: then the newer one stays the newest.
  return pin.organisationVersion > state.pin.organisationVersion
    ? { ...state, pin: { ...pin, release: state.pin.release } }
    : state;
}

async function fetchOffer(fetchBytes: FetchBytes): Promise<Outcome<Offered>> {
  const how = { cache: "no-store", maxBytes: maxManifestBytes } as const;
  try {
    const [organisation, release] = await Promise.all([
      fetchBytes(releaseFiles.organisation, how),
      fetchBytes(releaseFiles.release, how),
    ]);
    return organisation && release
      ? { ok: true, value: { organisation, release } }
      : refused({ reason: "unsigned" });
  } catch {
    return refused({ reason: "unreachable" });
  }
}
