/**
 * Activation by a letter: this device's keys and the genesis of its chain (DESIGN §3, "Activation").
 *
 * The keys are made and stored before anything is sent, the signed genesis before it is posted: whatever interrupts,
 * the same bytes go again. The letter's secret signs and is forgotten; it is neither stored nor sent.
 */
import { makeGenesis } from "@nimes/e2ee/chains/make-genesis";
import type { VerifiedUser } from "@nimes/e2ee/chains/verified-user";
import type { VerifiedOrganisation } from "@nimes/e2ee/chains/verify-organisation";
import { verifyOrganisation } from "@nimes/e2ee/chains/verify-organisation";
import { verifyAttestation, verifyUser } from "@nimes/e2ee/chains/verify-user";
import type { E2ee } from "@nimes/e2ee/e2ee";
import type { ActivationLink } from "@nimes/protocol/activation-link";
import { activationSigner, parseActivationLink } from "@nimes/protocol/activation-link";
import { equalBytes, utf8 } from "@nimes/protocol/bytes";
import { deviceIdOf, deviceOf, formatClientId } from "@nimes/protocol/ids";
import { limits } from "@nimes/protocol/limits";
import type { Result } from "@nimes/protocol/result";
import { ok, refuse } from "@nimes/protocol/result";
import type { DirectoryEntry } from "@nimes/protocol/routes/routes";
import { routes } from "@nimes/protocol/routes/routes";
import type { Signed } from "@nimes/protocol/schema";
import type { Signer } from "@nimes/protocol/signed/signed";
import { signingInput, webCryptoSigner } from "@nimes/protocol/signed/signed";
import type { UserAttestation } from "@nimes/protocol/signed/user-attestation";
import type { DeviceRecord, PendingActivation } from "../core/records.ts";
import type { ActivationPreview } from "../nimes-client.ts";
import type { Ports } from "../ports/ports.ts";
import type { ServerCalls } from "./server-calls.ts";
import { createSession } from "./session.ts";

export type Activation = {
  preview(link: string): Promise<Result<ActivationPreview>>;
  /** @returns the activated device, stored. */
  activate(link: string): Promise<Result<DeviceRecord>>;
  /** Goes on with an activation whose genesis had been signed; undefined when there is none. */
  resume(): Promise<Result<DeviceRecord> | undefined>;
};

type Needs = Pick<Ports, "store" | "openE2ee" | "wasm" | "clock" | "deviceKeys"> & { calls: ServerCalls };

/** What a letter proves, with the server's word for it verified. */
type Letter = {
  link: ActivationLink;
  activation: Signer;
  organisation: VerifiedOrganisation;
  manifests: Signed[];
  signedAttestation: Signed;
  attestation: UserAttestation;
};

export function createActivation(needs: Needs): Activation {
  const { store, calls, clock } = needs;

  async function readLetter(text: string): Promise<Result<Letter>> {
    const link = parseActivationLink(text);
    if (!link.ok) return link;
    const organisation = await fetchOrganisation(link.value.rootHash);
    if (!organisation.ok) return organisation;
    const activation = await activationSigner(link.value.secret);
    const nonce = await calls.nonce();
    if (!nonce.ok) return nonce;
    const found = await calls.call(
      routes.postActivationLookup,
      {
        body: {
          userId: link.value.userId,
          activationKey: activation.publicKey,
          nonce: nonce.value,
          signature: await activation.sign(signingInput("ActivationProof", utf8(nonce.value))),
        },
      },
      {},
    );
    if (!found.ok) return found;
    const signedAttestation = found.value.attestation;
    const attested = await verifyAttestation(organisation.value.verified, signedAttestation);
    if (!attested.ok) return attested;
    const attestation = attested.value;
    const isMine =
      attestation.userId === link.value.userId && equalBytes(attestation.activationKey, activation.publicKey);
    if (!isMine) return refuse("activation-unknown");
    const { verified, manifests } = organisation.value;
    return ok({
      link: link.value,
      activation,
      organisation: verified,
      manifests,
      signedAttestation,
      attestation,
    });
  }

  async function fetchOrganisation(
    rootHash: Uint8Array,
  ): Promise<Result<{ verified: VerifiedOrganisation; manifests: Signed[] }>> {
    const answer = await calls.call(routes.getOrganisation, {}, {});
    if (!answer.ok) return answer;
    const { manifests } = answer.value;
    const verified = await verifyOrganisation(rootHash, manifests);
    return verified.ok ? ok({ verified: verified.value, manifests }) : verified;
  }

  /** Keys and genesis for a letter: those of the interrupted attempt with the same letter, or new ones. */
  async function prepare(letter: Letter): Promise<PendingActivation> {
    const { userId } = letter.link;
    const earlier = await store.get("activation", ["pending"]);
    const same =
      earlier?.userId === userId &&
      equalBytes(earlier.rootHash, letter.link.rootHash) &&
      equalBytes(earlier.activationKey, letter.activation.publicKey);
    const pending = same ? earlier : await makeKeys(letter);
    if (pending.genesis) return pending;
    const e2ee = await openFor(pending);
    const genesis = await makeGenesis({
      attestationPayload: letter.signedAttestation.payload,
      attestation: letter.attestation,
      activation: letter.activation,
      device: await webCryptoSigner(pending.deviceKeys),
      mlsThumbprint: e2ee.mlsThumbprint,
      agreementVersion: 0,
      // A clock that runs ahead must not make the genesis look as if it came after the letter had ended.
      time: Math.min(Math.max(clock.now(), letter.attestation.validFrom), letter.attestation.activateUntil),
    });
    await e2ee.close();
    const signed = { ...pending, genesis };
    await store.write([{ put: "activation", key: ["pending"], record: signed }], "strict");
    return signed;
  }

  async function makeKeys(letter: Letter): Promise<PendingActivation> {
    const deviceKeys = await needs.deviceKeys.make();
    const { publicKey } = await webCryptoSigner(deviceKeys);
    const { userId, rootHash } = letter.link;
    const deviceId = deviceIdOf(publicKey);
    const pending: PendingActivation = {
      clientId: formatClientId({ userId, deviceId, orgId: letter.organisation.orgId }),
      userId,
      rootHash,
      deviceKeys,
      mlsStore: { name: `nimes-mls-${deviceId}`, key: crypto.getRandomValues(new Uint8Array(32)) },
      activationKey: letter.activation.publicKey,
    };
    await store.write(
      [
        { put: "activation", key: ["pending"], record: pending },
        { put: "organisation", key: ["manifests"], record: { manifests: letter.manifests } },
      ],
      "strict",
    );
    return pending;
  }

  const openFor = (device: DeviceRecord): Promise<E2ee> =>
    needs.openE2ee({
      storeName: device.mlsStore.name,
      databaseKey: device.mlsStore.key,
      clientId: device.clientId,
      directory: () => undefined,
      wasm: needs.wasm,
    });

  /** Posts the genesis, sees that the server shows exactly it (D5), and brings the first key packages. */
  async function finish(pending: PendingActivation): Promise<Result<DeviceRecord>> {
    const { genesis, activationKey: _, ...device } = pending;
    if (!genesis) return refuse("not-found");
    const posted = await calls.call(routes.postActivation, { body: { genesis } }, {});
    if (!posted.ok) return posted;
    const session = createSession({
      calls,
      clock,
      deviceKeys: pending.deviceKeys,
      deviceId: deviceOf(pending.clientId),
    });
    // A server that took the genesis and does not know the device has put something else in its place.
    const signedIn = await session.token();
    if (!signedIn.ok)
      return signedIn.code === "unauthorised" || signedIn.code === "device-ended"
        ? refuse("activation-swapped")
        : signedIn;
    const after = String(Math.max(0, posted.value.sequence - 1));
    const shown = await session.call(routes.getDirectory, { query: { after } });
    if (!shown.ok) return shown;
    const entry = shown.value.entries.find(({ userId }) => userId === pending.userId);
    const verified = await fetchOrganisation(pending.rootHash);
    if (!verified.ok) return verified;
    const user = entry && (await ownUser(verified.value.verified, entry, { pending, genesis }));
    if (!entry || !user) return refuse("activation-swapped");

    await store.write(
      [
        { put: "device", key: ["self"], record: device },
        { put: "directory", key: [user.userId], record: { entry, user } },
        { delete: "activation", key: ["pending"] },
        { put: "organisation", key: ["manifests"], record: { manifests: verified.value.manifests } },
      ],
      "strict",
    );
    const e2ee = await openFor(device);
    const keyPackages = await e2ee.newKeyPackages(limits.keyPackagesPerDevice);
    await e2ee.close();
    // Not fatal: the server says at every sign-in how many are left, and they are made again.
    await session.call(routes.postKeyPackages, { body: { keyPackages } });
    return ok(device);
  }

  return {
    async preview(link) {
      const letter = await readLetter(link);
      if (!letter.ok) return letter;
      const { attestation, organisation } = letter.value;
      const unit = organisation.manifest.units.find(({ id }) => id === attestation.unitId);
      return ok({
        displayName: attestation.displayName,
        unitName: unit?.name ?? attestation.unitId,
        function: attestation.function,
        organisation: organisation.manifest.name,
        deviceClass: attestation.deviceClass,
        activateUntil: attestation.activateUntil,
      });
    },
    async activate(link) {
      const parsed = parseActivationLink(link);
      if (!parsed.ok) return parsed;
      // The server calls a letter used whose genesis it has taken before the answer was lost: go on with that one.
      const earlier = await store.get("activation", ["pending"]);
      const activation = await activationSigner(parsed.value.secret);
      if (earlier?.genesis && equalBytes(earlier.activationKey, activation.publicKey)) return finish(earlier);
      const letter = await readLetter(link);
      return letter.ok ? finish(await prepare(letter.value)) : letter;
    },
    async resume() {
      const earlier = await store.get("activation", ["pending"]);
      return earlier?.genesis ? finish(earlier) : undefined;
    },
  };
}

/** The user, if the directory's entry holds our genesis and nothing else, and its device is this one. */
async function ownUser(
  organisation: VerifiedOrganisation,
  entry: DirectoryEntry,
  own: { pending: PendingActivation; genesis: Signed },
): Promise<VerifiedUser | undefined> {
  const verified = await verifyUser(organisation, entry);
  if (!verified.ok) return undefined;
  const user = verified.value;
  const [link] = entry.links;
  const [device] = user.devices;
  const isOurs =
    entry.links.length === 1 &&
    link !== undefined &&
    equalBytes(link.payload, own.genesis.payload) &&
    device?.clientId === own.pending.clientId;
  return isOurs ? user : undefined;
}
