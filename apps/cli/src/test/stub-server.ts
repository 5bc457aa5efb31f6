/** The routes that the command line uses, in memory; for tests that need no real server. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { decodeCbor, encodeCbor } from "@nimes/protocol/cbor";
import type { ErrorCode } from "@nimes/protocol/errors";
import { statusOf } from "@nimes/protocol/errors";
import { routes } from "@nimes/protocol/routes/routes";
import { Signed } from "@nimes/protocol/schema";

export type StubServer = {
  address: string;
  manifests: Signed[];
  attestations: Signed[];
  agreement: Signed | undefined;
  /** Everything that ever arrived: paths, headers, bodies. */
  received: Buffer[];
  /** Answers the next requests with this refusal, as often as it says. */
  refuseNext: { code: ErrorCode; times: number } | undefined;
  close(): Promise<void>;
};

export async function startStubServer(): Promise<StubServer> {
  const stub: Omit<StubServer, "address" | "close"> = {
    manifests: [],
    attestations: [],
    agreement: undefined,
    received: [],
    refuseNext: undefined,
  };
  const answerTo = (method: string, path: string, body: Buffer): { status: number; value: unknown } => {
    const { getNonce, getOrganisation, postManifest, postAttestation, getAgreement, postAgreement } = routes;
    if (path === getNonce.path) return { status: 200, value: {} };
    if (stub.refuseNext && stub.refuseNext.times > 0) {
      stub.refuseNext.times -= 1;
      return { status: statusOf(stub.refuseNext.code), value: { code: stub.refuseNext.code } };
    }
    if (method === "GET" && path === getOrganisation.path)
      return { status: 200, value: { manifests: stub.manifests } };
    if (path === getAgreement.path && method === "GET")
      return { status: 200, value: { agreement: stub.agreement ?? null } };
    const signed = decodeCbor(Signed, body);
    if (!signed.ok) return { status: 400, value: { code: "malformed" } };
    if (path === postAgreement.path) {
      stub.agreement = signed.value;
      return { status: 200, value: {} };
    }
    if (path === postAttestation.path)
      return { status: 200, value: { sequence: stub.attestations.push(signed.value) } };
    if (path !== postManifest.path) return { status: 404, value: { code: "not-found" } };
    stub.manifests.push(signed.value);
    return { status: 200, value: {} };
  };
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const body = Buffer.concat(chunks);
      stub.received.push(Buffer.from(`${request.url} ${JSON.stringify(request.headers)}`), body);
      const { status, value } = answerTo(request.method ?? "", request.url ?? "", body);
      response.writeHead(status, { "content-type": "application/cbor" }).end(encodeCbor(value));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return Object.assign(stub, {
    address: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  });
}
