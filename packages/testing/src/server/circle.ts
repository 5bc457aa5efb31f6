/** A running server with officers whose devices are hand-made, for tests that talk to it by hand. */
import type { HelloFrame } from "@nimes/protocol/frames/client-frames";
import type { RoomId } from "@nimes/protocol/ids";
import { limits } from "@nimes/protocol/limits";
import type { UserAttestation } from "@nimes/protocol/signed/user-attestation";
import type { ServerConfig } from "@nimes/server/config";
import type { TestLetter, TestOrganisation } from "../organisation.ts";
import { activateDevice, enrolOfficer } from "../organisation.ts";
import type { RawDevice } from "./raw-device.ts";
import { rawDevice } from "./raw-device.ts";
import type { RawSocket } from "./raw-socket.ts";
import { signedInSocket } from "./raw-socket.ts";
import type { TestServer } from "./test-server.ts";
import { startTestServer } from "./test-server.ts";

export type Circle = {
  organisation: TestOrganisation;
  server: TestServer;
  /** A new officer with one device, activated and opened. */
  join(): Promise<RawDevice>;
  close(): Promise<void>;
};

export async function openCircle(settings: Partial<ServerConfig> = {}): Promise<Circle> {
  const server = await startTestServer({ settings });
  return {
    organisation: server.organisation,
    server,
    async join() {
      const device = await activateByHand(server);
      await device.open();
      return device;
    },
    close: () => server.close(),
  };
}

/** A letter at this server, valid by its clock. */
export async function issueLetter(
  server: Pick<TestServer, "organisation" | "clock" | "publish">,
  fields: Partial<UserAttestation> = {},
): Promise<TestLetter> {
  const letter = await enrolOfficer(server.organisation, {
    validFrom: server.clock.now() - 60_000,
    activateUntil: server.clock.now() + limits.activationLifetimeMs,
    ...fields,
  });
  await server.publish(letter.signedAttestation);
  return letter;
}

/** A device that went through its whole activation, and is closed. */
export async function activateByHand(
  server: Pick<TestServer, "organisation" | "clock" | "publish" | "calls">,
  options: { letter?: TestLetter; fields?: Partial<UserAttestation>; agreementVersion?: number } = {},
): Promise<RawDevice> {
  const { agreementVersion = 0 } = options;
  const letter = options.letter ?? (await issueLetter(server, options.fields));
  const device = rawDevice(server.calls, await activateDevice(letter, { agreementVersion }));
  await device.enrol();
  return device;
}

/** A socket of this device, caught up; with a token of its own. */
export async function connect(
  server: Pick<TestServer, "url">,
  device: RawDevice,
  position: { cursors?: HelloFrame["cursors"]; inboxSequence?: number } = {},
): Promise<RawSocket> {
  const token = await device.open();
  const socket = await signedInSocket(server.url, { signer: device.test.device, token, ...position });
  await socket.take("caught-up");
  return socket;
}

/** Sequence numbers of a room's entries, as they came. */
export const sequencesOf = ({ frames }: Pick<RawSocket, "frames">, roomId: RoomId): number[] =>
  frames.flatMap((frame) =>
    frame.type === "entries" && frame.roomId === roomId ? frame.entries.map(({ sequence }) => sequence) : [],
  );
