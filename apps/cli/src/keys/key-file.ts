/**
 * Private keys as files: PKCS #8 in PEM, encrypted with a passphrase in the age format (scrypt, ChaCha20-Poly1305), so
 * that `age -d` and `openssl pkey` open them should this program ever be lost. The public half stands beside it.
 */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fromHex, toHex } from "@nimes/protocol/bytes";
import type { Signer } from "@nimes/protocol/signed/signed";
import { webCryptoSigner } from "@nimes/protocol/signed/signed";
import { armor, Decrypter, Encrypter } from "age-encryption";
import { replaceFile, writeNewFile } from "../folder/write-file.ts";
import { Stop } from "../stop.ts";
import type { Terminal } from "../terminal/terminal.ts";

export type KeyPlace = {
  folder: string;
  /** `root`, `revocation`, `policy`, the next ones of these as `policy-2`, `release` or `desk-<name>`. */
  name: string;
};
const privateFile = ({ folder, name }: KeyPlace) => join(folder, "keys", `${name}.age`);
const publicFile = ({ folder, name }: KeyPlace) => join(folder, "keys", `${name}.pub`);

/**
 * Makes an Ed25519 key and writes both halves. A private half without a public one that can be read is a key whose making was
 * interrupted, or one from a backup: it is gone on with, never written over.
 * @returns a signer whose private half cannot be exported again.
 * @throws Stop when there is such a key.
 */
export async function makeKeyFile(terminal: Terminal, place: KeyPlace, passphrase: string): Promise<Signer> {
  if (readPublicKey(place)) throw new Stop("folder", terminal.texts.fileExists(publicFile(place)));
  if (existsSync(privateFile(place))) {
    const begun = await openKeyFile(terminal, place, passphrase);
    writePublicHalf(terminal, place, begun);
    return begun;
  }
  const pair = (await crypto.subtle.generateKey("Ed25519", true, ["sign", "verify"])) as CryptoKeyPair;
  const pem = toPem(new Uint8Array(await crypto.subtle.exportKey("pkcs8", pair.privateKey)));
  const encrypter = new Encrypter();
  encrypter.setPassphrase(passphrase);
  encrypter.setScryptWorkFactor(terminal.scryptLogN);
  const encrypted = armor.encode(await encrypter.encrypt(pem));
  const signer = await signerFromPem(pem);
  writeNewFile(terminal, privateFile(place), encrypted);
  writePublicHalf(terminal, place, signer);
  return signer;
}

const writePublicHalf = (terminal: Terminal, place: KeyPlace, { publicKey }: Signer): void =>
  replaceFile(terminal, publicFile(place), `${toHex(publicKey)}\n`);

/** Names of the keys on this computer. */
export function keyNames(folder: string): string[] {
  try {
    const names = readdirSync(join(folder, "keys")).map(
      (file) => /^(.+)\.(?:age|pub)$/.exec(file)?.[1] ?? "",
    );
    return [...new Set(names.filter((name) => name !== ""))].sort();
  } catch {
    return [];
  }
}

/** The public half, or undefined where there is none that can be read. */
export function readPublicKey(place: KeyPlace): Uint8Array | undefined {
  try {
    const text = readFileSync(publicFile(place), "utf8").trim();
    return /^[0-9a-f]{64}$/.test(text) ? fromHex(text) : undefined;
  } catch {
    return undefined;
  }
}

/** Opens a private key. @throws Stop when it is missing, damaged, or the passphrase is wrong. */
export async function openKeyFile(terminal: Terminal, place: KeyPlace, passphrase: string): Promise<Signer> {
  const { texts } = terminal;
  let text: string;
  try {
    text = readFileSync(privateFile(place), "utf8");
  } catch {
    throw new Stop("folder", texts.keyMissing(place.name, privateFile(place)));
  }
  const signer = await signerFromPem(await decrypt(terminal, { text, passphrase, name: place.name }));
  const expected = readPublicKey(place);
  if (expected && toHex(expected) !== toHex(signer.publicKey))
    throw new Stop("folder", texts.keyDamaged(place.name));
  return signer;
}

async function decrypt({ texts }: Terminal, key: { text: string; passphrase: string; name: string }) {
  const decrypter = new Decrypter();
  decrypter.addPassphrase(key.passphrase);
  try {
    return await decrypter.decrypt(armor.decode(key.text), "text");
  } catch (error) {
    // age cannot tell a wrong passphrase from a header encrypted with another one; anything else is damage.
    const wrong = error instanceof Error && error.message.startsWith("no identity matched");
    throw wrong
      ? new Stop("passphrase", texts.wrongPassphrase(key.name))
      : new Stop("folder", texts.keyDamaged(key.name));
  }
}

async function signerFromPem(pem: string): Promise<Signer> {
  const pkcs8 = Uint8Array.from(Buffer.from(pem.replace(/-----[A-Z ]+-----|\s/g, ""), "base64"));
  const exportable = await crypto.subtle.importKey("pkcs8", pkcs8, "Ed25519", true, ["sign"]);
  const { x = "" } = await crypto.subtle.exportKey("jwk", exportable);
  const publicKey = await crypto.subtle.importKey("jwk", { kty: "OKP", crv: "Ed25519", x }, "Ed25519", true, [
    "verify",
  ]);
  const privateKey = await crypto.subtle.importKey("pkcs8", pkcs8, "Ed25519", false, ["sign"]);
  return webCryptoSigner({ privateKey, publicKey });
}

function toPem(pkcs8: Uint8Array): string {
  const lines =
    Buffer.from(pkcs8)
      .toString("base64")
      .match(/.{1,64}/g) ?? [];
  return `-----BEGIN PRIVATE KEY-----\n${lines.join("\n")}\n-----END PRIVATE KEY-----\n`;
}
