/** A running server with officers whose devices are signed in, for tests that talk to it by hand. */
import type { HelloFrame } from "@nimes/protocol/frames/client-frames";
import type { RoomId } from "@nimes/protocol/ids";
import type { ServerConfig } from "@nimes/server/config";
import type { TestOrganisation } from "../organisation.ts";
import { activateDevice, enrolOfficer, makeOrganisation } from "../organisation.ts";
import type { RawDevice } from "./raw-device.ts";
import { rawDevice } from "./raw-device.ts";
import type { RawSocket } from "./raw-socket.ts";
import { signedInSocket } from "./raw-socket.ts";
import type { TestServer } from "./test-server.ts";
import { startTestServer } from "./test-server.ts";

export type Circle = {
  organisation: TestOrganisation;
  server: TestServer;
  /** A new officer with one device, enrolled and signed in. */
  join(): Promise<RawDevice>;
  close(): Promise<void>;
};

export async function openCircle(settings: Partial<ServerConfig> = {}): Promise<Circle> {
  const organisation = await makeOrganisation();
  const server = await startTestServer(organisation, settings);
  return {
    organisation,
    server,
    async join() {
      const device = rawDevice(server.url, await activateDevice(await enrolOfficer(organisation)));
      await device.enrol();
      await device.signIn();
      return device;
    },
    close: () => server.close(),
  };
}

/** A socket of this device, caught up; with a token of its own. */
export async function connect(
  server: Pick<TestServer, "url">,
  device: RawDevice,
  position: { cursors?: HelloFrame["cursors"]; inboxSequence?: number } = {},
): Promise<RawSocket> {
  const token = await device.signIn();
  const socket = await signedInSocket(server.url, { signer: device.test.device, token, ...position });
  await socket.take("caught-up");
  return socket;
}

/** Sequence numbers of a room's entries, as they came. */
export const sequencesOf = ({ frames }: Pick<RawSocket, "frames">, roomId: RoomId): number[] =>
  frames.flatMap((frame) =>
    frame.type === "entries" && frame.roomId === roomId ? frame.entries.map(({ sequence }) => sequence) : [],
  );
