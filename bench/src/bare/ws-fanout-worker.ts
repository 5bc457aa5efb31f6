/** `ws` alone: whatever one socket sends goes to all others, unread. No sign-in, no cursors, nothing on the disk. */
import type { AddressInfo } from "node:net";
import { parentPort } from "node:worker_threads";
import { WebSocketServer } from "ws";

const server = new WebSocketServer({ host: "127.0.0.1", port: 0, perMessageDeflate: false });
server.on("connection", (sender) =>
  sender.on("message", (bytes: Buffer) => {
    for (const socket of server.clients) if (socket !== sender) socket.send(bytes);
  }),
);
server.on("listening", () => parentPort?.postMessage((server.address() as AddressInfo).port));
parentPort?.on("message", () => {
  const { user, system } = process.threadCpuUsage();
  parentPort?.postMessage((user + system) / 1e6);
});
