import { beforeEach, expect, test } from "vitest";
import type { ReleaseKeeper } from "./release-keeper.ts";
import { createReleaseKeeper } from "./release-keeper.ts";
import { readKept } from "./release-store.ts";
import type { TestOrganisation } from "./test-release.ts";
import { makeOrganisation, memoryServer, memoryStore, text } from "./test-release.ts";

const first = { "/index.html": "<p>1", "/a-1.js": "one()", "/app.wasm": "wasm" };
const second = { "/index.html": "<p>2", "/a-2.js": "two()", "/app.wasm": "wasm" };

let org: TestOrganisation;
let net: ReturnType<typeof memoryServer>;
let disk: ReturnType<typeof memoryStore>;
let keeper: ReleaseKeeper;

/** A service worker that the browser has ended and started again. */
const restarted = (): ReleaseKeeper => createReleaseKeeper({ store: disk.store, fetchBytes: net.fetchBytes });
beforeEach(async () => {
  org = await makeOrganisation();
  net = memoryServer();
  disk = memoryStore();
  keeper = restarted();
});

async function deliver(
  contents: Record<string, string>,
  time: number,
  signed: Partial<{ organisation: Uint8Array; release: Uint8Array }> = {},
): Promise<void> {
  net.put(contents, {
    organisation: signed.organisation ?? (await org.organisation()),
    release: signed.release ?? (await org.release(contents, { time })),
  });
}
const served = async (path: string): Promise<string | undefined> => (await keeper.file(path))?.text();
const refusalOf = async () => {
  const { offer } = await keeper.update();
  return offer.state === "refused" ? offer.refusal : undefined;
};

test("a release is taken when every file is as it was signed, and opens without network from then on", async () => {
  await deliver(first, 1_700_000_000_001);
  expect(await keeper.start()).toBeUndefined();
  expect(await keeper.update()).toMatchObject({
    active: { version: "v1700000000001" },
    offer: { state: "current" },
  });
  net.server.down = true;
  keeper = restarted();
  expect(await keeper.start()).toMatchObject({ version: "v1700000000001" });
  for (const [path, words] of Object.entries(first)) expect(await served(path)).toBe(words);
  expect(await served("/more.js")).toBeUndefined();
});

test("whoever waits hears how much is there, by bytes and never backwards, and where it was left it goes on", async () => {
  const told: number[] = [];
  const watched = async () => {
    told.length = 0;
    keeper.onProgress((percent) => told.push(percent));
    await keeper.update();
    return [...told];
  };
  const contents = { "/index.html": "x".repeat(50), "/a.js": "y".repeat(25), "/b.js": "z".repeat(25) };
  await deliver(contents, 1);
  net.files.delete("/b.js");
  const unfinished = await watched();
  expect(unfinished.at(-1)).toBe(75);
  net.files.set("/b.js", text(contents["/b.js"]));
  keeper = restarted();
  const finished = await watched();
  expect(finished).toEqual(finished.toSorted((one, other) => one - other));
  expect(finished.at(-1)).toBe(100);
  // Nothing is fetched, and nothing told.
  expect(await watched()).toEqual([]);
});

test.for(Object.keys(first))(
  "one byte of %s changed, added or cut, or the file gone: nothing is taken",
  async (path) => {
    const words = first[path as keyof typeof first];
    for (const changed of [`${words.slice(0, -1)}?`, `${words} `, words.slice(0, -1), ""]) {
      await deliver(first, 1);
      net.files.set(path, text(changed));
      expect(await refusalOf()).toEqual({ reason: "changed", path });
    }
    net.files.delete(path);
    expect(await refusalOf()).toEqual({ reason: "missing", path });
    expect(await keeper.start()).toBeUndefined();
    expect(await served("/index.html")).toBeUndefined();
  },
);

test("a release that no key of the organisation has signed is refused, whatever else signed it", async () => {
  const stranger = await makeOrganisation(7);
  await deliver(first, 1, { release: await org.release(first, { time: 1, by: stranger.key }) });
  expect(await refusalOf()).toEqual({ reason: "forged" });
  await deliver(first, 1, { release: await org.release(first, { time: 1, by: org.root }) });
  expect(await refusalOf()).toEqual({ reason: "forged" });
  await deliver(first, 1, { release: await org.release(first, { time: 1, type: "Policy" }) });
  expect(await refusalOf()).toEqual({ reason: "forged" });
  // The stranger's key, named in a manifest that carries the root's name but not its signature.
  const forged = await stranger.organisation({ rootKey: org.root.publicKey });
  await deliver(first, 1, {
    organisation: forged,
    release: await org.release(first, { time: 1, by: stranger.key }),
  });
  expect(await refusalOf()).toEqual({ reason: "forged" });
  await deliver(first, 1, { release: text("nonsense") });
  expect(await refusalOf()).toEqual({ reason: "unsigned" });
});

test("another organisation's release is refused once an organisation is known here", async () => {
  await deliver(first, 1);
  await keeper.update();
  const other = await makeOrganisation(7);
  await deliver(second, 2, {
    organisation: await other.organisation(),
    release: await other.release(second, { time: 2 }),
  });
  expect(await refusalOf()).toEqual({ reason: "foreign" });
  expect(await served("/index.html")).toBe("<p>1");
});

test("versions only rise: an older release, an older organisation and a withdrawn key are refused", async () => {
  const before = await org.organisation({ version: 2 });
  await deliver(second, 20, { organisation: await org.organisation({ version: 3 }) });
  await keeper.update();
  await deliver(first, 10, { organisation: await org.organisation({ version: 3 }) });
  expect(await refusalOf()).toEqual({ reason: "older" });
  await deliver(first, 30, { organisation: before });
  expect(await refusalOf()).toEqual({ reason: "older" });
  await deliver(first, 30, { organisation: await org.organisation({ version: 4, releaseKeys: [] }) });
  expect(await refusalOf()).toEqual({ reason: "forged" });
  expect(await keeper.start()).toMatchObject({ time: 20 });
});

test("a stolen release key blocks nothing once the root has replaced it, however late it has dated what it signed", async () => {
  const thief = org.key;
  const next = (await makeOrganisation(9)).key;
  const replaced = await org.organisation({ version: 3, releaseKeys: [next.publicKey] });
  await deliver(first, 1_900_000_000_000);
  await keeper.update();
  // While the thief's key counts, what it signed is the newest.
  await deliver(second, 20);
  expect(await refusalOf()).toEqual({ reason: "older" });
  await deliver(second, 20, {
    organisation: replaced,
    release: await org.release(second, { time: 20, by: next }),
  });
  expect((await keeper.update()).offer).toEqual({ state: "ready", version: "v20" });
  keeper = restarted();
  expect(await keeper.start()).toMatchObject({ version: "v20" });
  // From then on the new key's releases only rise, and the old key signs nothing, whatever the host delivers.
  await deliver(first, 10, {
    organisation: replaced,
    release: await org.release(first, { time: 10, by: next }),
  });
  expect(await refusalOf()).toEqual({ reason: "older" });
  await deliver(first, 30, {
    organisation: replaced,
    release: await org.release(first, { time: 30, by: thief }),
  });
  expect(await refusalOf()).toEqual({ reason: "forged" });
  await deliver(first, 30, { release: await org.release(first, { time: 30, by: thief }) });
  expect(await refusalOf()).toEqual({ reason: "older" });
});

test("a release with two signatures counts for both keys: neither goes behind it", async () => {
  const other = (await makeOrganisation(9)).key;
  const both = await org.organisation({ version: 3, releaseKeys: [org.key.publicKey, other.publicKey] });
  await deliver(second, 20, { organisation: both });
  await keeper.update();
  await deliver(first, 10, {
    organisation: both,
    release: await org.release(first, { time: 10, by: other }),
  });
  expect(await refusalOf()).toEqual({ reason: "older" });
});

test("no release is dated later than anything that anybody will need", async () => {
  await deliver(first, 9_000_000_000_000);
  expect(await refusalOf()).toEqual({ reason: "forged" });
});

test("no release is dated later than the organisation's manifest counts", async () => {
  await deliver(first, 1_900_000_000_001);
  expect(await refusalOf()).toEqual({ reason: "forged" });
  await deliver(first, 1_900_000_000_001, {
    organisation: await org.organisation({ version: 3, validUntil: 2_000_000_000_000 }),
  });
  expect(await keeper.update()).toMatchObject({ active: { version: "v1900000000001" } });
});

test("what a browser went by before goes on: root and version stay pinned", () => {
  const pin = { rootHash: "00", organisationVersion: 7, release: { id: "a", time: 9 } };
  expect(readKept({ format: 1, pin, active: "a" })).toMatchObject({
    format: 2,
    pin: { rootHash: "00", organisationVersion: 7, floors: {} },
  });
  for (const nonsense of [undefined, null, 7, {}, { format: 3 }]) expect(readKept(nonsense)).toBeUndefined();
});

test("a newer release is fetched whole beside the one in use and taken at the next start, without what is the same", async () => {
  await deliver(first, 1);
  await keeper.update();
  await deliver(second, 2);
  net.asked.length = 0;
  expect((await keeper.update()).offer).toEqual({ state: "ready", version: "v2" });
  expect(net.asked).not.toContain("/app.wasm");
  expect(await served("/index.html")).toBe("<p>1");
  expect(await served("/a-2.js")).toBeUndefined();
  keeper = restarted();
  expect(await keeper.start()).toMatchObject({ version: "v2" });
  expect(await served("/index.html")).toBe("<p>2");
  // A tab that was opened before still loads its screens.
  expect(await served("/a-1.js")).toBe("one()");
});

test("at most three releases are kept, however many come", async () => {
  for (let time = 1; time <= 6; time += 1) {
    await deliver({ ...first, [`/a-${time}.js`]: `n${time}` }, time);
    await keeper.update();
    if (time % 2 === 0) await keeper.start();
    expect(disk.releases.size).toBeLessThanOrEqual(3);
  }
});

test("a changed update is refused and leaves the release in use as it is", async () => {
  await deliver(first, 1);
  await keeper.update();
  await deliver(second, 2);
  net.files.set("/a-2.js", text("evil!"));
  expect(await refusalOf()).toEqual({ reason: "changed", path: "/a-2.js" });
  keeper = restarted();
  expect(await keeper.start()).toMatchObject({ version: "v1" });
  expect(await served("/index.html")).toBe("<p>1");
});

test("an interrupted download goes on where it stopped", async () => {
  await deliver(first, 1);
  const wasm = net.files.get("/app.wasm");
  net.files.delete("/app.wasm");
  await keeper.update();
  net.files.set("/app.wasm", wasm ?? text(""));
  net.asked.length = 0;
  keeper = restarted();
  await keeper.update();
  expect(net.asked.filter((path) => path in first)).toEqual(["/app.wasm"]);
  expect(await served("/app.wasm")).toBe("wasm");
});

test("no network and no space are said as such, and neither is a refusal of the release", async () => {
  net.server.down = true;
  expect(await refusalOf()).toEqual({ reason: "unreachable" });
  net.server.down = false;
  disk.kept.full = true;
  await deliver(first, 1);
  expect(await refusalOf()).toEqual({ reason: "no-space" });
  disk.kept.full = false;
  expect((await keeper.update()).offer).toEqual({ state: "current" });
});

test("a file that the browser threw away is fetched again, and only as it was signed", async () => {
  await deliver(first, 1);
  await keeper.update();
  for (const files of disk.releases.values()) files.delete("/a-1.js");
  net.files.set("/a-1.js", text("evil!"));
  expect(await served("/a-1.js")).toBeUndefined();
  net.files.set("/a-1.js", text("one()"));
  expect(await served("/a-1.js")).toBe("one()");
});
