/** The protocol's routes, each one call of a service. */
import { limits } from "@nimes/protocol/limits";
import { ok } from "@nimes/protocol/result";
import { routes } from "@nimes/protocol/routes/routes";
import type { DirectoryStore } from "../ports/directory-store.ts";
import type { HintBus } from "../ports/hint-bus.ts";
import type { Activation } from "../services/activation.ts";
import type { Attachments } from "../services/attachments.ts";
import type { KeyPackages } from "../services/key-packages.ts";
import type { Organisation } from "../services/organisation.ts";
import type { SignIn } from "../services/sign-in.ts";
import type { Register } from "./register.ts";

export type RouteServices = {
  organisation: Organisation;
  activation: Activation;
  signIn: SignIn;
  keyPackages: KeyPackages;
  attachments: Attachments;
  directory: DirectoryStore;
  hints: HintBus;
};

export function addProtocolRoutes(register: Register, services: RouteServices): void {
  const { organisation, activation, signIn, keyPackages, attachments, directory, hints } = services;
  const announce = (sequence: number): void => hints.publish({ of: "directory", sequence });

  register(routes.getNonce, async () => ok({}));
  register(routes.getOrganisation, async () => ok({ manifests: await organisation.manifests() }));
  register(routes.postManifest, async ({ body }) => {
    const taken = await organisation.takeManifest(body);
    if (!taken.ok) return taken;
    announce(await directory.head());
    return ok({});
  });
  register(routes.postAttestation, async ({ body }) => {
    const taken = await organisation.takeAttestation(body);
    if (!taken.ok) return taken;
    const { sequence, news } = taken.value;
    if (news) announce(sequence);
    return ok({ sequence });
  });
  register(routes.postActivationLookup, async ({ body }) => {
    const attestation = await activation.lookup(body);
    return attestation.ok ? ok({ attestation: attestation.value }) : attestation;
  });
  register(routes.postActivation, async ({ body }) => {
    const activated = await activation.activate(body.genesis, body.pinRecord);
    if (!activated.ok) return activated;
    const { sequence, news } = activated.value;
    if (news) announce(sequence);
    return ok({ sequence });
  });

  register(routes.postActivationPin, ({ body }) => activation.startPin(body));
  register(routes.postSignIn, ({ body, key }) => signIn.issue(body.deviceId, key));
  register(routes.getDirectory, async ({ query }) => {
    const entries = await directory.changesAfter(Number(query.after), limits.maxDirectoryPage);
    return ok({ entries, head: await directory.head() });
  });

  register(routes.postKeyPackages, async ({ device, body }) => {
    const left = await keyPackages.add(device, body.keyPackages);
    return left.ok ? ok({ left: left.value }) : left;
  });
  register(routes.postKeyPackageClaim, async ({ device, body }) => {
    const devices = await keyPackages.claim(device, body.userIds);
    return devices.ok ? ok({ devices: devices.value }) : devices;
  });

  register(routes.postAttachment, ({ device, body }) => attachments.begin(device, body));
  register(routes.putAttachmentPart, ({ device, params, query, body }) =>
    attachments.append(device, { ...params, offset: Number(query.offset), bytes: body }),
  );
  register(routes.getAttachmentState, ({ device, params }) => attachments.state(device, params.attachmentId));
  register(routes.getAttachment, ({ device, params, query }) =>
    attachments.read(device, params.attachmentId, Number(query.offset)),
  );
  register(routes.deleteAttachment, async ({ device, params }) => {
    const taken = await attachments.takeBack(device, params.attachmentId);
    return taken.ok ? ok({}) : taken;
  });
}
