/** A device that uses a letter which the command line has printed. */
import {
  activationSigner,
  formatActivationLink,
  parseActivationLetter,
} from "@nimes/protocol/activation-link";
import { routes } from "@nimes/protocol/routes/routes";
import { peekSigned } from "@nimes/protocol/signed/signed";
import { UserAttestation } from "@nimes/protocol/signed/user-attestation";
import type { TestLetter } from "../organisation.ts";
import { activateDevice, makeOrganisation } from "../organisation.ts";
import type { RawCalls } from "./raw-calls.ts";
import { must } from "./raw-calls.ts";
import type { RawDevice } from "./raw-device.ts";
import { rawDevice } from "./raw-device.ts";
import { letterProof } from "./raw-pin.ts";

/** The link, where one was asked for, else the code. */
const letterIn = (printed: string): string =>
  (/https?:\S+#\S+/.exec(printed) ?? /(?:[0-9A-Z]{5}\s+){12}[0-9A-Z]{5}/.exec(printed))?.[0] ?? "";

/** Uses the letter that a command printed. */
export async function useLetter(
  calls: RawCalls,
  printed: string,
  options: { agreementVersion?: number } = {},
): Promise<RawDevice> {
  const device = rawDevice(calls, await activateDevice(await readLetter(calls, printed), options));
  await device.enrol();
  return device;
}

/** What a printed letter stands for, with the attestation that the server keeps. */
export async function readLetter(calls: RawCalls, printed: string): Promise<TestLetter> {
  const letter = parseActivationLetter(letterIn(printed));
  if (!letter.ok) throw new Error("no letter in what was printed");
  const activation = await activationSigner(letter.value.secret);
  const proof = await letterProof(calls, { activation });
  const { attestation: signedAttestation } = must(
    await calls.call(routes.postActivationLookup, { body: proof }),
  );
  const attestation = peekSigned(UserAttestation, signedAttestation);
  if (!attestation.ok) throw new Error(attestation.code);
  const organisation = { ...(await makeOrganisation()), orgId: attestation.value.orgId };
  return {
    organisation,
    userId: attestation.value.userId,
    attestation: attestation.value,
    signedAttestation,
    activation,
    printed: letter.value,
    linkAt: (address) => formatActivationLink(address, letter.value),
  };
}
