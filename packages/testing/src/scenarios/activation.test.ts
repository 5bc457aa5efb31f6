/** Letters: what is checked before a device is in the circle, and what the server cannot slip in. */
import { fetchHttp } from "@nimes/client/adapters/fetch-http";
import { openClient } from "@nimes/client/open-client";
import type { Http } from "@nimes/client/ports/http";
import type { Storage } from "@nimes/client/ports/storage";
import { storageTables } from "@nimes/client/ports/storage";
import { toHex } from "@nimes/protocol/bytes";
import { encodeCbor } from "@nimes/protocol/cbor";
import { formatLetterCode } from "@nimes/protocol/letter-code";
import { refuse } from "@nimes/protocol/result";
import type { DirectoryEntry } from "@nimes/protocol/routes/routes";
import { routes } from "@nimes/protocol/routes/routes";
import { afterEach, beforeEach, expect, test } from "vitest";
import { fastClock } from "../network/fast-clock.ts";
import { lyingRoute } from "../network/hostile-http.ts";
import { activateDevice, enrolAgain, enrolOfficer, makeOrganisation, newSigner } from "../organisation.ts";
import * as act from "./officers.ts";
import { type OpenWorld, openWorld } from "./open-world.ts";
import { until } from "./until.ts";

const consent = { pin: act.goodPin, agreementVersion: 0 };
let here: OpenWorld;
const opened: { close(): Promise<void> }[] = [];
beforeEach(async () => {
  here = await openWorld();
});
afterEach(async () => {
  for (const client of opened.splice(0)) await client.close();
  await here.close();
  expect(here.bugs).toEqual([]);
});
const newClient = async (ports: Parameters<typeof act.makePorts>[1] = {}) => {
  const made = await act.makePorts(here.world, ports);
  const client = await openClient(made);
  opened.push(client);
  return { client, ports: made };
};

const allRecords = async (storage: Storage) =>
  (await Promise.all(storageTables.map((table) => storage.list(table, { prefix: [] })))).flat();

test("a letter is shown before it is used, and using it makes the account", async () => {
  const letter = await here.enrol("Anna Behrens");
  const { client } = await newClient();
  expect(await client.state()).toEqual({ state: "not-activated" });
  const link = letter.linkAt(here.world.serverUrl);
  const preview = await client.previewActivation(link);
  expect(preview).toMatchObject({
    ok: true,
    value: { displayName: "Anna Behrens", unitName: "PI Celle", organisation: "Polizei Beispielland" },
  });
  const me = await client.activate(link, consent);
  expect(me).toMatchObject({ ok: true, value: { userId: letter.userId, displayName: "Anna Behrens" } });
  await until(client, "online", async () => {
    const state = await client.state();
    return state.state === "ready" && state.connection.state === "online";
  });
});

test("the secret of the letter is neither sent nor stored", async () => {
  const letter = await here.enrol("Anna");
  const sent: string[] = [];
  const listening: Http = {
    send: (request) => {
      const body = request.body ? toHex(request.body) : "";
      sent.push(body + JSON.stringify({ ...request, body: "" }));
      return fetchHttp.send(request);
    },
  };
  const { client, ports } = await newClient({ http: listening });
  expect((await client.activate(letter.linkAt(here.world.serverUrl), consent)).ok).toBe(true);
  const secret = toHex(letter.printed.secret);
  expect(sent.some((request) => request.includes(toHex(letter.activation.publicKey)))).toBe(true);
  expect(sent.some((request) => request.includes(secret))).toBe(false);
  const secretBytes = Buffer.from(letter.printed.secret);
  for (const { record } of await allRecords(ports.storage))
    if (record instanceof Uint8Array) expect(Buffer.from(record).includes(secretBytes)).toBe(false);
});

test("a second use of a letter is refused (D4)", async () => {
  const letter = await here.enrol("Anna");
  await here.join("Anna", {}, letter);
  const { client } = await newClient();
  const link = letter.linkAt(here.world.serverUrl);
  expect(await client.previewActivation(link)).toEqual({ ok: false, code: "activation-used" });
  expect(await client.activate(link, consent)).toEqual({ ok: false, code: "activation-used" });
  expect(await client.state()).toEqual({ state: "not-activated" });
});

test("a letter's code, typed carelessly, activates; one of another organisation does not (DESIGN §3)", async () => {
  const letter = await here.enrol("Anna");
  const { client } = await newClient();
  const typed = formatLetterCode(letter.printed).join(" - ").toLowerCase().replaceAll("0", "o");
  const foreign = await enrolOfficer(await makeOrganisation());
  const code = formatLetterCode({ ...letter.printed, orgId: foreign.printed.orgId }).join("");
  expect(await client.previewActivation(code)).toEqual({ ok: false, code: "activation-foreign" });
  expect(await client.previewActivation(typed)).toMatchObject({ ok: true, value: { displayName: "Anna" } });
  expect((await client.activate(typed, consent)).ok).toBe(true);
});

test("mistyped, unknown, expired and foreign letters are told apart", async () => {
  const { client } = await newClient();
  const { serverUrl } = here.world;
  const letter = await here.enrol("Anna");
  const typed = letter.linkAt(serverUrl);
  expect(await client.activate(`${typed.slice(0, -1)}!`, consent)).toEqual({
    ok: false,
    code: "activation-mistyped",
  });
  const unknown = await enrolOfficer(here.organisation);
  expect(await client.activate(unknown.linkAt(serverUrl), consent)).toEqual({
    ok: false,
    code: "activation-unknown",
  });
  const expired = await here.enrol("Zu spät", { activateUntil: Date.now() - 1_000 });
  expect(await client.activate(expired.linkAt(serverUrl), consent)).toEqual({
    ok: false,
    code: "activation-expired",
  });
  const foreign = await enrolOfficer(await makeOrganisation());
  expect(await client.activate(foreign.linkAt(serverUrl), consent)).toEqual({
    ok: false,
    code: "activation-foreign",
  });
});

/** The server has carried it out, and its answer does not come. */
function losingActivations() {
  const state = { loses: true };
  const http: Http = {
    async send(request) {
      const answer = await fetchHttp.send(request);
      const isLost = state.loses && request.url.endsWith(routes.postActivation.path);
      return isLost ? refuse("no-network") : answer;
    },
  };
  return { http, state };
}

test("an activation whose answer was lost goes on with the same keys, by itself at the next start (P6)", async () => {
  const letter = await here.enrol("Anna");
  const network = losingActivations();
  const first = await newClient({ http: network.http });
  const link = letter.linkAt(here.world.serverUrl);
  expect(await first.client.activate(link, consent)).toEqual({ ok: false, code: "no-network" });
  expect(await first.client.state()).toEqual({ state: "not-activated" });
  await first.client.close();
  network.state.loses = false;
  const { client } = await newClient({ storage: first.ports.storage });
  expect(await client.state()).toMatchObject({ state: "locked", lock: { displayName: "Anna" } });
  expect(await client.open(act.goodPin)).toEqual({ ok: true, value: undefined });
  expect(await client.state()).toMatchObject({ state: "ready", me: { userId: letter.userId } });
});

test("an activation whose answer was lost goes on when the letter is used again", async () => {
  const letter = await here.enrol("Anna");
  const network = losingActivations();
  const { client } = await newClient({ http: network.http });
  const link = letter.linkAt(here.world.serverUrl);
  expect((await client.activate(link, consent)).ok).toBe(false);
  network.state.loses = false;
  expect(await client.activate(link, consent)).toMatchObject({ ok: true, value: { userId: letter.userId } });
});

test("a server that shows another device in place of this one is refused by the client (D5)", async () => {
  const letter = await here.enrol("Anna");
  const attacker = await enrolOfficer(here.organisation, letter.attestation);
  // The attacker has no letter: its genesis is signed by a key that the attestation does not name.
  const forged = await activateDevice({ ...letter, activation: attacker.activation });
  const { client } = await newClient({
    http: lyingRoute(routes.getDirectory, (answer) => ({
      ...answer,
      entries: answer.entries.map((entry) =>
        entry.userId === letter.userId ? { ...entry, links: [forged.genesis] } : entry,
      ),
    })),
  });
  const link = letter.linkAt(here.world.serverUrl);
  expect(await client.activate(link, consent)).toEqual({ ok: false, code: "activation-swapped" });
  expect(await client.state()).toEqual({ state: "not-activated" });
});

test("a server that takes a genesis and keeps none is refused by the client (D5)", async () => {
  const letter = await here.enrol("Anna");
  const { client } = await newClient({
    http: lyingRoute(routes.getDirectory, (answer) => ({
      ...answer,
      entries: answer.entries.map((entry) => ({ ...entry, links: [] })),
    })),
  });
  const answer = await client.activate(letter.linkAt(here.world.serverUrl), consent);
  expect(answer).toEqual({ ok: false, code: "activation-swapped" });
});

/** An officer for whom the server changes the entry of one person from some moment on. */
async function whoIsLiedTo(about: act.Officer, lie: Parameters<typeof lyingRoute>[1]) {
  const lying = { now: false };
  const bernd = await here.join("Bernd", {
    http: lyingRoute(routes.getDirectory, async (answer) =>
      lying.now ? ((await lie(answer)) as never) : answer,
    ),
  });
  await act.knows(bernd, about);
  return { bernd, lying };
}
const personAs = async (officer: act.Officer, other: act.Officer) =>
  (await officer.client.directory()).people.find(({ userId }) => userId === other.me.userId);
const isContradictory = (officer: act.Officer) =>
  until(officer.client, "the directory is contradictory", async () => {
    const state = await officer.client.state();
    return state.state === "ready" && state.directory === "contradictory";
  });

type DirectoryAnswer = { entries: DirectoryEntry[]; head: number };

test("a contact whose device the server swaps keeps the old one, and people are warned (D1, D2, D5)", async () => {
  const letter = await here.enrol("Anna");
  const anna = await here.join("Anna", {}, letter);
  const forged = await activateDevice({ ...letter, activation: await newSigner() });
  const { bernd, lying } = await whoIsLiedTo(anna, (answer) => {
    const { entries, head } = answer as DirectoryAnswer;
    const sequence = head + 1;
    const entry = {
      sequence,
      userId: letter.userId,
      attestation: letter.signedAttestation,
      links: [forged.genesis],
    };
    return { entries: [...entries, entry], head: sequence };
  });
  lying.now = true;
  await here.enrol("Clara");
  await isContradictory(bernd);
  expect((await personAs(bernd, anna))?.devices.map(({ clientId }) => clientId)).toEqual([anna.me.clientId]);
  // The warning survives a restart.
  await here.sleep(bernd);
  const awake = await here.wake(bernd, { http: fetchHttp });
  await isContradictory(awake);
});

test("a chain that the server takes back stays what it was (D2)", async () => {
  const letter = await here.enrol("Anna");
  const anna = await here.join("Anna", {}, letter);
  const { bernd, lying } = await whoIsLiedTo(anna, (answer) => {
    const { entries, head } = answer as DirectoryAnswer;
    const sequence = head + 1;
    const { userId, signedAttestation: attestation } = letter;
    return { entries: [...entries, { sequence, userId, attestation, links: [] }], head: sequence };
  });
  lying.now = true;
  await here.enrol("Clara");
  await isContradictory(bernd);
  expect((await personAs(bernd, anna))?.reachable).toBe(true);
});

test("a page of the directory that makes no sense, once, ends no activation", async () => {
  let lies = 1;
  const senseless = 9_000_000_000_000_000;
  const http = lyingRoute(routes.getDirectory, ({ entries, head }) => {
    if (lies === 0 || entries.length === 0) return { entries, head };
    lies -= 1;
    return { entries: entries.map((entry) => ({ ...entry, sequence: senseless })), head: senseless };
  });
  const anna = await here.join("Anna", { http, clock: fastClock(20) });
  expect(lies).toBe(0);
  await act.isOnline(anna);
  await act.knows(anna, await here.join("Bernd"));
});

test("an activation that was accepted goes on with the PIN when the server is honest again", async () => {
  let lying = true;
  const http = lyingRoute(routes.getDirectory, (answer) =>
    lying ? { ...answer, head: 9_000_000_000_000_000 } : answer,
  );
  const letter = await here.enrol("Anna");
  const { client } = await newClient({ http, clock: fastClock(100) });
  const activated = await client.activate(letter.linkAt(here.world.serverUrl), consent);
  expect(activated).toEqual(refuse("unavailable"));
  lying = false;
  expect(await client.open(act.goodPin)).toMatchObject({ ok: true });
});

test("a display name that no desk has signed is not taken over (D8)", async () => {
  const letter = await here.enrol("Anna");
  const anna = await here.join("Anna", {}, letter);
  const stranger = await newSigner();
  const renamed = await enrolOfficer(here.organisation, {
    ...letter.attestation,
    displayName: "Polizeipräsidentin",
    desk: stranger,
  });
  const { bernd, lying } = await whoIsLiedTo(anna, (answer) => {
    const { entries, head } = answer as DirectoryAnswer;
    const sequence = head + 1;
    const entry = { sequence, userId: letter.userId, attestation: renamed.signedAttestation, links: [] };
    return { entries: [...entries, entry], head: sequence };
  });
  lying.now = true;
  await here.enrol("Clara");
  await isContradictory(bernd);
  expect((await personAs(bernd, anna))?.displayName).toBe("Anna");
});

test("an older manifest is not taken over (D9)", async () => {
  const first = here.organisation.manifests.slice();
  const older = { now: false };
  const bernd = await here.join("Bernd", {
    http: lyingRoute(routes.getOrganisation, (answer) => (older.now ? { manifests: first } : answer)),
  });
  await here.publishManifest({ name: "Polizei Neuland" });
  await here.enrol("Clara");
  // Everything of then has come: what is asked for from now on is asked because of Dora.
  await until(bernd.client, "the new name is known, and Clara", async () => {
    const state = await bernd.client.state();
    const { people } = await bernd.client.directory();
    const isClara = people.some(({ displayName }) => displayName === "Clara");
    return isClara && state.state === "ready" && state.me.organisation === "Polizei Neuland";
  });
  older.now = true;
  await here.enrol("Dora");
  // What was asked for a moment before may bring Dora, too; whoever comes behind her is asked for anew.
  await until(bernd.client, "Dora is known, or the older manifest was shown", async () => {
    const state = await bernd.client.state();
    const { people } = await bernd.client.directory();
    const isDora = people.some(({ displayName }) => displayName === "Dora");
    return isDora || (state.state === "ready" && state.directory === "contradictory");
  });
  await here.enrol("Emil");
  await isContradictory(bernd);
  const state = await bernd.client.state();
  expect(state.state === "ready" && state.me.organisation).toBe("Polizei Neuland");
});

test("a device that no longer belongs to the circle says so, and does not knock again and again", async () => {
  const anna = await here.join("Anna");
  await here.sleep(anna);
  let asked = 0;
  const ending: Http = {
    async send(request) {
      const answer = await fetchHttp.send(request);
      if (!answer.ok || !request.url.endsWith(routes.postSignIn.path)) return answer;
      asked += 1;
      const body = Uint8Array.from(encodeCbor({ code: "device-ended" }));
      return { ok: true, value: { ...answer.value, status: 401, body } };
    },
  };
  const again = await here.restart(anna, { http: ending });
  expect(await again.client.open(again.pin)).toEqual({ ok: false, code: "device-ended" });
  expect(await again.client.state()).toEqual({ state: "ended" });
  expect((await again.client.open(again.pin)).ok).toBe(false);
  await again.client.reconnect();
  expect(asked).toBe(1);
});

test("a server that shows a letter which nobody has used ends no phone: it reads and is read", async () => {
  const letter = await here.enrol("Anna");
  const anna = await here.join("Anna", {}, letter);
  const unused = await enrolAgain(letter);
  let lying = false;
  let former: DirectoryEntry["former"];
  const bernd = await here.join("Bernd", {
    http: lyingRoute(routes.getDirectory, ({ entries, head }) => {
      const shown = entries.find(({ userId }) => userId === letter.userId);
      if (shown) former = [{ attestation: shown.attestation, links: shown.links }];
      if (!lying || !former) return { entries, head };
      const { userId, signedAttestation: attestation } = unused;
      const lie = { sequence: head + 1, userId, attestation, links: [], former };
      return { entries: [...entries, lie], head: head + 1 };
    }),
  });
  await act.knows(bernd, anna);
  const room = await act.openDirect(bernd, anna);
  await act.say(bernd, room, "vorher");
  await act.hears(anna, room, "vorher");
  lying = true;
  const clara = await here.enrol("Clara");
  await until(bernd.client, "Bernd knows Clara", async () =>
    (await bernd.client.directory()).people.some(({ userId }) => userId === clara.userId),
  );
  expect((await personAs(bernd, anna))?.ended).toBeUndefined();
  await act.say(bernd, room, "nachher");
  await act.hears(anna, room, "nachher");
  await act.say(anna, room, "höre");
  await act.hears(bernd, room, "höre");
  expect((await act.noticesOf(bernd, room)).map(({ type }) => type)).not.toContain("new-device");
});

test("a new letter ends the old device, which says so; contacts are sound and know the new one", async () => {
  const letter = await here.enrol("Anna");
  const anna = await here.join("Anna", {}, letter);
  const bernd = await here.join("Bernd");
  const room = await act.openDirect(bernd, anna);
  await act.say(bernd, room, "hallo");
  await act.hears(anna, room, "hallo");
  const { validFrom } = letter.attestation;
  const again = await here.enrol("Anna", { userId: letter.userId, generation: 2, validFrom: validFrom + 1 });
  const replaced = await here.join("Anna", {}, again);
  await until(anna.client, "the old device has ended", async () => {
    await anna.client.reconnect();
    return (await anna.client.state()).state === "ended";
  });
  await until(bernd.client, "Bernd knows the new device", async () => {
    const person = await personAs(bernd, replaced);
    return person?.devices.some(({ clientId }) => clientId === replaced.me.clientId);
  });
  const state = await bernd.client.state();
  expect(state.state === "ready" && state.directory).toBe("sound");
});
