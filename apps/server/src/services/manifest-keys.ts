/** Which keys may sign what, from the newest manifest. */
import { equalBytes } from "@nimes/protocol/bytes";
import type { OrgId } from "@nimes/protocol/ids";
import type { Result } from "@nimes/protocol/result";
import { ok, refuse } from "@nimes/protocol/result";
import type { Signed } from "@nimes/protocol/schema";
import { OrgManifest } from "@nimes/protocol/signed/org-manifest";
import type { SignedType } from "@nimes/protocol/signed/signature";
import { openSigned, peekSigned } from "@nimes/protocol/signed/signed";
import type { Static, TSchema } from "typebox";
import type { DirectoryStore } from "../ports/directory-store.ts";

export async function newestManifest(directory: DirectoryStore): Promise<OrgManifest | undefined> {
  const last = (await directory.manifests()).at(-1);
  const manifest = last && peekSigned(OrgManifest, last);
  return manifest?.ok ? manifest.value : undefined;
}

/**
 * Verifies what a policy or revocation key of this organisation must have signed.
 * @param schema of a structure that names its organisation.
 * @returns what it says and whose key has signed it.
 */
export async function openByRole<Schema extends TSchema>(
  directory: DirectoryStore,
  role: "policyKeys" | "revocationKeys",
  what: { type: SignedType; schema: Schema; signed: Signed },
): Promise<Result<{ said: Static<Schema>; signer: Uint8Array }>> {
  const { type, schema, signed } = what;
  const peeked = peekSigned(schema, signed);
  if (!peeked.ok) return peeked;
  const manifest = await newestManifest(directory);
  const { orgId } = peeked.value as { orgId: OrgId };
  if (!manifest || manifest.orgId !== orgId) return refuse("wrong-signer");
  const key = manifest[role].find((one) => signed.signatures.some((by) => equalBytes(by.key, one)));
  if (!key) return refuse("wrong-signer");
  const opened = await openSigned(type, schema, signed, [key]);
  return opened.ok ? ok({ said: opened.value, signer: key }) : opened;
}
