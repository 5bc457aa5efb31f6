/** A device that uses a letter which the command line has printed. */
import { activationSigner, parseActivationLink } from "@nimes/protocol/activation-link";
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

const linkIn = (printed: string): string => /https?:\S+#\S+/.exec(printed)?.[0] ?? "";

/** Uses the letter that a command printed. */
export async function useLetter(
  calls: RawCalls,
  printed: string,
  options: { agreementVersion?: number } = {},
): Promise<RawDevice> {
  const link = parseActivationLink(linkIn(printed));
  if (!link.ok) throw new Error("no link in the letter");
  const activation = await activationSigner(link.value.secret);
  const { userId } = link.value;
  const proof = await letterProof(calls, { userId, activation });
  const { attestation: signedAttestation } = must(
    await calls.call(routes.postActivationLookup, { body: proof }),
  );
  const attestation = peekSigned(UserAttestation, signedAttestation);
  if (!attestation.ok) throw new Error(attestation.code);
  const organisation = { ...(await makeOrganisation()), orgId: attestation.value.orgId };
  const letter: TestLetter = {
    organisation,
    userId,
    attestation: attestation.value,
    signedAttestation,
    activation,
    link: link.value,
    linkAt: () => linkIn(printed),
  };
  const device = rawDevice(calls, await activateDevice(letter, options));
  await device.enrol();
  return device;
}
