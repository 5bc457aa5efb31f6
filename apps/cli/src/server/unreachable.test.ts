import { expect, test } from "vitest";
import { textsIn } from "../texts/texts.ts";
import { unreachable } from "./unreachable.ts";

const failed = (code: string) =>
  new TypeError("fetch failed", { cause: Object.assign(new Error("x"), { code }) });
const said = (error: unknown) => unreachable(textsIn("de"), "https://nimes.example", error).message;

test.for(["SELF_SIGNED_CERT_IN_CHAIN", "UNABLE_TO_VERIFY_LEAF_SIGNATURE", "ERR_TLS_CERT_ALTNAME_INVALID"])(
  "%s is a certificate that does not hold, and no silence",
  (code) => {
    expect(said(failed(code))).toContain(`(${code})`);
    expect(said(failed(code))).toContain("NODE_EXTRA_CA_CERTS");
  },
);

test.for([failed("ECONNREFUSED"), new DOMException("late", "TimeoutError"), undefined])(
  "everything else is a server that is not reached",
  (error) => expect(said(error)).toBe("Der Server https://nimes.example ist nicht erreichbar."),
);
