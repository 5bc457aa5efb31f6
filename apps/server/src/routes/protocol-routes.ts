/** The protocol's routes, each one call of a service. */
import { limits, oldestProtocolVersion, protocolVersion } from "@nimes/protocol/limits";
import { ok, refuse } from "@nimes/protocol/result";
import { routes } from "@nimes/protocol/routes/routes";
import type { DirectoryStore } from "../ports/directory-store.ts";
import type { HintBus } from "../ports/hint-bus.ts";
import type { Activation } from "../services/activation.ts";
import type { Attachments } from "../services/attachments.ts";
import type { Attesting } from "../services/attesting.ts";
import type { KeyPackages } from "../services/key-packages.ts";
import type { Organisation } from "../services/organisation.ts";
import type { RoomLog } from "../services/room-log.ts";
import type { SignIn } from "../services/sign-in.ts";
import type { Register } from "./register.ts";

export type RouteServices = {
  organisation: Organisation;
  attesting: Attesting;
  activation: Activation;
  signIn: SignIn;
  keyPackages: KeyPackages;
  attachments: Attachments;
  roomLog: RoomLog;
  directory: DirectoryStore;
  hints: HintBus;
};

export function addProtocolRoutes(register: Register, services: RouteServices): void {
  const { organisation, attesting, activation, signIn, keyPackages, attachments, roomLog, directory, hints } =
    services;
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
    const taken = await attesting.take(body);
    if (!taken.ok) return taken;
    const { sequence, news } = taken.value;
    if (news) announce(sequence);
    return ok({ sequence });
  });
  register(routes.postTransfer, async ({ body }) => {
    const taken = await attesting.takeTransfer(body);
    if (!taken.ok) return taken;
    announce(taken.value);
    return ok({});
  });
  register(routes.postAttestationQuery, ({ body }) => attesting.query(body));
  register(routes.postActivationLookup, ({ body }) => activation.lookup(body));
  register(routes.postActivation, async ({ body }) => {
    const { genesis, ...pin } = body;
    const activated = await activation.activate(genesis, pin);
    if (!activated.ok) return activated;
    const { sequence, news } = activated.value;
    if (news) announce(sequence);
    return ok({ sequence });
  });

  register(routes.postActivationPin, ({ body }) => activation.startPin(body));
  register(routes.postSignIn, async ({ body, key }) => {
    if (body.version < oldestProtocolVersion) return refuse("app-too-old");
    const token = await signIn.issue(body.deviceId, key);
    if (!token.ok) return token;
    return ok({ ...token.value, version: protocolVersion, oldestVersion: oldestProtocolVersion });
  });
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

  register(routes.getGroupInfo, ({ device, params }) => roomLog.group(device, params.roomId));
  register(routes.getArrivals, async ({ device, params }) => {
    const awaited = await roomLog.awaited(device, params.roomId);
    return awaited.ok ? ok({ awaited: awaited.value }) : awaited;
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
