/** What the server says of a letter, without using it. */
import { activationSigner, parseActivationLetter } from "@nimes/protocol/activation-link";
import { utf8 } from "@nimes/protocol/bytes";
import { decodeCbor, encodeCbor } from "@nimes/protocol/cbor";
import { nonceHeader } from "@nimes/protocol/routes/route";
import { Problem, routes } from "@nimes/protocol/routes/routes";
import { signingInput } from "@nimes/protocol/signed/signature";

/** @param text the code as printed. @returns `taken` where the letter can be used, else the code of the refusal. */
export async function lookUpLetter(address: string, text: string): Promise<string> {
  const letter = parseActivationLetter(text);
  if (!letter.ok) return letter.code;
  const signer = await activationSigner(letter.value.secret);
  const nonce = (await fetch(`${address}${routes.getNonce.path}`)).headers.get(nonceHeader) ?? "";
  const signature = await signer.sign(signingInput("ActivationProof", utf8(nonce)));
  const answer = await fetch(`${address}${routes.postActivationLookup.path}`, {
    method: "POST",
    headers: { "content-type": "application/cbor" },
    body: encodeCbor({ activationKey: signer.publicKey, nonce, signature }),
  });
  if (answer.ok) return "taken";
  const problem = decodeCbor(Problem, new Uint8Array(await answer.arrayBuffer()));
  return problem.ok ? problem.value.code : "malformed";
}
