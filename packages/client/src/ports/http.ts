/** HTTP, one request at a time. */
import type { Result } from "@nimes/protocol/result";

export type HttpRequest = {
  method: "GET" | "POST" | "PUT" | "DELETE";
  url: string;
  headers: Record<string, string>;
  body?: Uint8Array<ArrayBuffer>;
  signal?: AbortSignal;
};
export type HttpAnswer = {
  status: number;
  header(name: string): string | null;
  body: Uint8Array<ArrayBuffer>;
};

export type Http = {
  /** @returns whatever the server answered, `no-network` when none came, `cancelled` when the signal fired. */
  send(request: HttpRequest): Promise<Result<HttpAnswer>>;
};
