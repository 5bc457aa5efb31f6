/**
 * A whole organisation in memory, with real keys: root, desks, attestations, letters, geneses. What `nimes` does on
 * the holders' computers and an app does at activation, for tests that need its results.
 */

import { makeGenesis } from "@nimes/e2ee/chains/make-genesis";
import { activationSigner, formatActivationLink } from "@nimes/protocol/activation-link";
import type { ClientId, DeviceId, OrgId, UnitId, UserId } from "@nimes/protocol/ids";
import {
  deviceIdOf,
  formatClientId,
  newUserId,
  orgIdOf,
  parseUnitId,
  rootKeyHash,
} from "@nimes/protocol/ids";
import type { ActivationLetter } from "@nimes/protocol/letter-code";
import { limits } from "@nimes/protocol/limits";
import type { DirectoryEntry } from "@nimes/protocol/routes/routes";
import type { DeviceClass, Signed } from "@nimes/protocol/schema";
import { agreementHash, manifestHash, orderHash } from "@nimes/protocol/signed/hashes";
import type { Order, OrderKind, OrderReceipt } from "@nimes/protocol/signed/orders";
import { orderSignedType } from "@nimes/protocol/signed/orders";
import type { OrgManifest } from "@nimes/protocol/signed/org-manifest";
import type { ClassPolicy, Policy } from "@nimes/protocol/signed/policy";
import { defaultPolicy } from "@nimes/protocol/signed/policy";
import type { Signer } from "@nimes/protocol/signed/signed";
import { signerFromSeed, signStructure } from "@nimes/protocol/signed/signed";
import type { AgreementAcceptance, UsageAgreement } from "@nimes/protocol/signed/usage-agreement";
import type { UserAttestation } from "@nimes/protocol/signed/user-attestation";
import type { UserTransfer } from "@nimes/protocol/signed/user-transfer";

const year = 365 * 24 * 60 * 60_000;

/** A fresh Ed25519 key. */
export const newSigner = (): Promise<Signer> => signerFromSeed(crypto.getRandomValues(new Uint8Array(32)));

export type TestUnit = { unitId: UnitId; name: string; desk: Signer };

export type TestOrganisation = {
  orgId: OrgId;
  name: string;
  root: Signer;
  /** Of its root key, 32 bytes. */
  rootHash: Uint8Array;
  units: TestUnit[];
  revocation: Signer;
  policy: Signer;
  /** All versions so far; `publishManifest` appends. */
  manifests: Signed[];
  /** The newest version, decoded. */
  manifest: OrgManifest;
  /** Milliseconds at which the organisation was made. */
  madeAt: number;
};

/**
 * Makes root, one desk per station, and manifest version 1.
 * @param options.now milliseconds; where a test has a fake clock.
 */
export async function makeOrganisation(
  options: { name?: string; stations?: { id: string; name: string }[]; now?: number } = {},
): Promise<TestOrganisation> {
  const madeAt = options.now ?? Date.now();
  const name = options.name ?? "Polizei Beispielland";
  const stations = options.stations ?? [
    { id: "pi-celle", name: "PI Celle" },
    { id: "pi-hannover-mitte", name: "PI Hannover-Mitte" },
  ];
  const root = await newSigner();
  const units: TestUnit[] = [];
  for (const station of stations) {
    const unitId = parseUnitId(station.id);
    if (!unitId) throw new Error(`not a unit id: ${station.id}`);
    units.push({ unitId, name: station.name, desk: await newSigner() });
  }
  const revocation = await newSigner();
  const policy = await newSigner();
  const manifest: OrgManifest = {
    orgId: orgIdOf(root.publicKey),
    version: 1,
    previous: null,
    name,
    rootKey: root.publicKey,
    cipherSuite: 1,
    units: units.map(({ unitId, name: unitName }) => ({ id: unitId, name: unitName })),
    deskKeys: units.map(({ unitId, desk }) => ({
      key: desk.publicKey,
      units: [unitId],
      validUntil: madeAt + 2 * year,
    })),
    revocationKeys: [revocation.publicKey],
    policyKeys: [policy.publicKey],
    validFrom: madeAt - 60_000,
    validUntil: madeAt + 2 * year,
  };
  const signed = await signStructure("OrgManifest", manifest, [root]);
  return {
    orgId: manifest.orgId,
    name,
    root,
    rootHash: rootKeyHash(root.publicKey),
    units,
    revocation,
    policy,
    manifests: [signed],
    manifest,
    madeAt,
  };
}

/** Signs the next version of the manifest with the changes given, and appends it to `organisation.manifests`. */
export async function publishManifest(
  organisation: TestOrganisation,
  changes: Partial<OrgManifest>,
): Promise<Signed> {
  const last = organisation.manifests.at(-1);
  const next: OrgManifest = {
    ...organisation.manifest,
    version: organisation.manifest.version + 1,
    previous: last ? manifestHash(last.payload) : null,
    ...changes,
  };
  const signed = await signStructure("OrgManifest", next, [organisation.root]);
  organisation.manifests.push(signed);
  organisation.manifest = next;
  return signed;
}

/** An attested officer with a letter that has not been used. */
export type TestLetter = {
  organisation: TestOrganisation;
  userId: UserId;
  attestation: UserAttestation;
  signedAttestation: Signed;
  activation: Signer;
  /** What is printed. */
  printed: ActivationLetter;
  /** The whole link at a server. @param address its origin. */
  linkAt(address: string): string;
};

/** What a desk does for an officer: attestation and letter. Every field of the attestation can be set. */
export async function enrolOfficer(
  organisation: TestOrganisation,
  options: Partial<UserAttestation> & { desk?: Signer } = {},
): Promise<TestLetter> {
  const { desk, ...fields } = options;
  const unit = organisation.units.find(({ unitId }) => unitId === fields.unitId) ?? firstUnit(organisation);
  const secret = crypto.getRandomValues(new Uint8Array(16));
  const activation = await activationSigner(secret);
  const attestation: UserAttestation = {
    orgId: organisation.orgId,
    userId: newUserId(),
    displayName: "PK'in Anna Behrens",
    unitId: unit.unitId,
    function: "Streifendienst",
    generation: 1,
    deviceClass: "service",
    activationKey: activation.publicKey,
    activateUntil: organisation.madeAt + limits.activationLifetimeMs,
    validFrom: organisation.madeAt - 60_000,
    validUntil: organisation.madeAt + year,
    ...fields,
  };
  const printed = { orgId: organisation.orgId, secret };
  return {
    organisation,
    userId: attestation.userId,
    attestation,
    signedAttestation: await signStructure("UserAttestation", attestation, [desk ?? unit.desk]),
    activation,
    printed,
    linkAt: (address) => formatActivationLink(address, printed),
  };
}

/** A letter for a new device of the same officer: generation + 1, which ends what was before once it is used. */
export function enrolAgain(
  letter: TestLetter,
  options: Partial<UserAttestation> & { desk?: Signer } = {},
): Promise<TestLetter> {
  const { activationKey: _, generation, ...same } = letter.attestation;
  return enrolOfficer(letter.organisation, { ...same, generation: generation + 1, ...options });
}

/** Another desk attests the same letter: same person, same device, no new letter. */
export async function attestAgain(
  letter: TestLetter,
  desk: Signer,
  options: Partial<UserAttestation> = {},
): Promise<TestLetter> {
  const { validFrom } = letter.attestation;
  const attestation = { ...letter.attestation, validFrom: validFrom + 1, ...options };
  return {
    ...letter,
    attestation,
    signedAttestation: await signStructure("UserAttestation", attestation, [desk]),
  };
}

/** What lets another unit's desk go on with an officer. @param desk of the unit that is left, or the root. */
export function signTransfer(
  letter: TestLetter,
  desk: Signer,
  options: Pick<UserTransfer, "to"> & Partial<UserTransfer>,
): Promise<Signed> {
  const { orgId, userId, generation, unitId: from, validFrom: time } = letter.attestation;
  const transfer: UserTransfer = { orgId, userId, generation, from, time, ...options };
  return signStructure("UserTransfer", transfer, [desk]);
}

/** A version of the usage agreement, short as tests need it. */
export function signAgreement(
  organisation: TestOrganisation,
  options: Partial<UsageAgreement> & { signer?: Signer } = {},
): Promise<Signed> {
  const { signer = organisation.policy, ...fields } = options;
  const agreement: UsageAgreement = {
    orgId: organisation.orgId,
    version: 1,
    validFrom: organisation.madeAt - 60_000,
    de: {
      title: "Nutzungsvereinbarung",
      sections: [{ heading: "Zweck", paragraphs: ["Nur für dienstliche Zwecke."] }],
    },
    en: { title: "Usage agreement", sections: [{ heading: "Purpose", paragraphs: ["Official use only."] }] },
    ...fields,
  };
  return signStructure("UsageAgreement", agreement, [signer]);
}

/** What a device signs when its officer has accepted a later version. */
export function signAcceptance(
  device: TestDevice,
  agreement: Signed,
  options: { version: number; signer?: Signer; time?: number },
): Promise<Signed> {
  const acceptance: AgreementAcceptance = {
    orgId: device.letter.organisation.orgId,
    deviceId: device.deviceId,
    version: options.version,
    agreement: agreementHash(agreement.payload),
    time: options.time ?? device.letter.organisation.madeAt,
  };
  return signStructure("AgreementAcceptance", acceptance, [options.signer ?? device.device]);
}

/** A version of the policy: the usual one with the changes given. */
export function signPolicy(
  organisation: TestOrganisation,
  options: {
    version?: number;
    service?: Partial<ClassPolicy>;
    private?: Partial<ClassPolicy>;
    privateDevicesAllowed?: boolean;
    signer?: Signer;
  } = {},
): Promise<Signed> {
  const policy: Policy = {
    orgId: organisation.orgId,
    version: options.version ?? 1,
    service: { ...defaultPolicy.service, ...options.service },
    private: { ...defaultPolicy.private, ...options.private },
    privateDevicesAllowed: options.privateDevicesAllowed ?? true,
    time: organisation.madeAt,
  };
  return signStructure("Policy", policy, [options.signer ?? organisation.policy]);
}

/** An order to one device. */
export function signOrder(
  organisation: TestOrganisation,
  kind: OrderKind,
  options: Pick<Order, "deviceId" | "sequence"> & Partial<Order> & { signer?: Signer },
): Promise<Signed> {
  const { signer = organisation.revocation, ...fields } = options;
  const order: Order = {
    orgId: organisation.orgId,
    kind,
    reason: "Als verloren gemeldet",
    time: organisation.madeAt,
    ...fields,
  };
  return signStructure(orderSignedType[kind], order, [signer]);
}

/** A device's answer that it has carried an order out. */
export function signReceipt(
  device: TestDevice,
  order: Signed,
  fields: Pick<OrderReceipt, "sequence" | "kind"> & Partial<OrderReceipt> & { signer?: Signer },
): Promise<Signed> {
  const { signer = device.device, ...said } = fields;
  const receipt: OrderReceipt = {
    orgId: device.letter.organisation.orgId,
    deviceId: device.deviceId,
    order: orderHash(order.payload),
    time: device.letter.organisation.madeAt,
    ...said,
  };
  return signStructure("OrderReceipt", receipt, [signer]);
}

/** A device that has used a letter. */
export type TestDevice = {
  letter: TestLetter;
  device: Signer;
  deviceId: DeviceId;
  clientId: ClientId;
  deviceClass: DeviceClass;
  mlsThumbprint: Uint8Array;
  genesis: Signed;
};

/**
 * What an app does with a letter: a device key and the genesis.
 * @param options.mlsThumbprint of the device's MLS key; 32 random bytes where a test has no encryption.
 * @param options.device key made before, because the client id that MLS needs follows from it.
 */
export async function activateDevice(
  letter: TestLetter,
  options: { mlsThumbprint?: Uint8Array; device?: Signer; time?: number; agreementVersion?: number } = {},
): Promise<TestDevice> {
  const device = options.device ?? (await newSigner());
  const mlsThumbprint = options.mlsThumbprint ?? crypto.getRandomValues(new Uint8Array(32));
  const { attestation } = letter;
  const deviceId = deviceIdOf(device.publicKey);
  return {
    letter,
    device,
    deviceId,
    clientId: clientIdFor(letter, device),
    deviceClass: attestation.deviceClass,
    mlsThumbprint,
    genesis: await makeGenesis({
      attestation,
      activation: letter.activation,
      device,
      mlsThumbprint,
      agreementVersion: options.agreementVersion ?? 0,
      time: options.time ?? Math.max(letter.organisation.madeAt, attestation.validFrom),
    }),
  };
}

/** The client id that a device with this key gets from this letter. */
export const clientIdFor = (letter: TestLetter, device: Signer): ClientId =>
  formatClientId({
    userId: letter.userId,
    deviceId: deviceIdOf(device.publicKey),
    orgId: letter.organisation.orgId,
  });

/** The directory's entry for a user. @param device when the letter has been used. */
export const directoryEntryOf = (letter: TestLetter, device?: TestDevice, sequence = 1): DirectoryEntry => ({
  sequence,
  userId: letter.userId,
  ...generationOf(letter, device),
});

/** What the directory keeps of one generation, also as a former one. */
export const generationOf = (
  letter: TestLetter,
  device?: TestDevice,
): { attestation: Signed; links: Signed[] } => ({
  attestation: letter.signedAttestation,
  links: device ? [device.genesis] : [],
});

function firstUnit(organisation: TestOrganisation): TestUnit {
  const [unit] = organisation.units;
  if (!unit) throw new Error("an organisation needs a station before it enrols anybody");
  return unit;
}
