/** What time it is at the server: a claim, good for a question to the person and for nothing else. */
import { routes } from "@nimes/protocol/routes/routes";

/** Whoever signs without network must not wait long for it. */
const timeoutMs = 5_000;

/** @returns milliseconds, whole seconds (RFC 9110, section 6.6.1); undefined where no server says. */
export async function serverClock(address: string): Promise<number | undefined> {
  try {
    const signal = AbortSignal.timeout(timeoutMs);
    const { headers, body } = await fetch(address + routes.getNonce.path, { redirect: "error", signal });
    await body?.cancel();
    const time = Date.parse(headers.get("date") ?? "");
    return Number.isNaN(time) ? undefined : time;
  } catch {
    return undefined;
  }
}
