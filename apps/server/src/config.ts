/** Settings from the environment, one row each; `--help` prints the table. */
import { createPrivateKey, X509Certificate } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { isIP } from "node:net";
import { join, resolve } from "node:path";
import { fromBase64Url, fromHex } from "@nimes/protocol/bytes";
import type { GatewayLimits } from "./gateway/gateway-limits.ts";

/** A setting is wrong. Its message is a sentence for the operator. */
export class ConfigError extends Error {
  override readonly name = "ConfigError";
}

export type ServerConfig = {
  address: string;
  /** 0 takes a free one. */
  port: number;
  dataFolder: string;
  tls?: { certificate: Buffer; key: Buffer };
  /** Origin under which people reach this server. */
  publicUrl: string;
  /** Further origins, exactly as browsers send them. */
  extraOrigins: readonly string[];
  /** Reverse proxies in front of this server, whose word about addresses counts. */
  proxies?: readonly string[];
  /** Hash of the organisation's root key, 32 bytes. */
  rootHash: Uint8Array;
  /** The built messenger. */
  appFolder: string;
  /** Archive with the source of this build, which everybody may have. */
  sourceFile: string;
  logLevel: "silent" | "error" | "warn" | "info" | "debug";
  /** A copy of what must never go back is older than what the server wrote last, and the operator knows it. */
  acceptOlder?: boolean;
  /** Attachments that one device may keep here. */
  quotaBytes: number;
  /** Other limits of the gateway than the usual ones; for tests. */
  gatewayLimits?: Partial<GatewayLimits>;
};

type Row = { name: string; fallback: string; meaning: string };
export const settings = [
  {
    name: "NIMES_ORG_ROOT",
    fallback: "(required)",
    meaning: "hash of the organisation's root key, as `nimes init` prints it",
  },
  { name: "NIMES_ADDRESS", fallback: "127.0.0.1", meaning: "address to listen on" },
  { name: "NIMES_PORT", fallback: "8080", meaning: "port to listen on; 0 takes a free one" },
  { name: "NIMES_DATA", fallback: "./data", meaning: "folder for both database files, attachments and keys" },
  {
    name: "NIMES_PUBLIC_URL",
    fallback: "http://localhost with the port",
    meaning: "address under which people reach this server",
  },
  { name: "NIMES_EXTRA_ORIGINS", fallback: "(none)", meaning: "further origins, separated by commas" },
  {
    name: "NIMES_PROXY",
    fallback: "(none)",
    meaning: "addresses of reverse proxies in front of this server, separated by commas",
  },
  { name: "NIMES_TLS_CERT", fallback: "(none)", meaning: "file with the TLS certificate chain (PEM)" },
  { name: "NIMES_TLS_KEY", fallback: "(none)", meaning: "file with the TLS private key (PEM)" },
  {
    name: "NIMES_APP",
    fallback: "the built messenger of this checkout",
    meaning: "folder with the built web app",
  },
  {
    name: "NIMES_SOURCE",
    fallback: "packed when the messenger of this checkout is built",
    meaning: "archive with the source of what runs here",
  },
  {
    name: "NIMES_ACCEPT_OLDER",
    fallback: "no",
    meaning: "yes: start once with an authority.sqlite from before what the server wrote last",
  },
  { name: "NIMES_QUOTA_MB", fallback: "2048", meaning: "space for attachments of one device" },
  {
    name: "NIMES_LOG_LEVEL",
    fallback: "info",
    meaning: "silent, error, warn, info or debug; never any content",
  },
] as const satisfies readonly Row[];
type SettingName = (typeof settings)[number]["name"];

const logLevels = ["silent", "error", "warn", "info", "debug"] as const;

/** @throws ConfigError */
export function readConfig(environment: NodeJS.ProcessEnv): ServerConfig {
  const value = (name: SettingName): string | undefined => environment[name] || undefined;
  const port = wholeNumber("NIMES_PORT", value("NIMES_PORT") ?? "8080", 65_535);
  const tls = readTls(value("NIMES_TLS_CERT"), value("NIMES_TLS_KEY"));
  const logLevel = logLevels.find((level) => level === (value("NIMES_LOG_LEVEL") ?? "info"));
  if (!logLevel) throw new ConfigError(`NIMES_LOG_LEVEL must be one of ${logLevels.join(", ")}.`);
  return {
    address: value("NIMES_ADDRESS") ?? "127.0.0.1",
    port,
    dataFolder: resolve(value("NIMES_DATA") ?? "data"),
    ...(tls && { tls }),
    publicUrl: origin(
      "NIMES_PUBLIC_URL",
      value("NIMES_PUBLIC_URL") ?? `http${tls ? "s" : ""}://localhost:${port}`,
    ),
    extraOrigins: listOf(value("NIMES_EXTRA_ORIGINS")).map((text) => origin("NIMES_EXTRA_ORIGINS", text)),
    proxies: listOf(value("NIMES_PROXY")).map(proxyAddress),
    rootHash: readRootHash(value("NIMES_ORG_ROOT")),
    appFolder: resolve(value("NIMES_APP") ?? resolve(import.meta.dirname, "../../messenger/dist")),
    sourceFile: resolve(
      value("NIMES_SOURCE") ?? resolve(import.meta.dirname, "../../messenger/source/nimes-source.tar.gz"),
    ),
    logLevel,
    acceptOlder: value("NIMES_ACCEPT_OLDER") === "yes",
    quotaBytes: wholeNumber("NIMES_QUOTA_MB", value("NIMES_QUOTA_MB") ?? "2048", 1_000_000) * 1024 * 1024,
  };
}

/** A server without the app answers, and shows people nothing. @throws ConfigError */
export function requireApp({ appFolder }: Pick<ServerConfig, "appFolder">): void {
  if (!existsSync(join(appFolder, "index.html")))
    throw new ConfigError(
      `The folder ${appFolder} holds no built messenger: run \`npm run build\`, or set NIMES_APP to where it is.`,
    );
}

function readRootHash(text: string | undefined): Uint8Array {
  if (text && /^[0-9a-f]{64}$/i.test(text)) return fromHex(text.toLowerCase());
  // As it stands in an activation link.
  if (text && /^[A-Za-z0-9_-]{43}$/.test(text)) return fromBase64Url(text);
  throw new ConfigError(
    "NIMES_ORG_ROOT must be the 64 letters that `nimes init` printed for the organisation's root.",
  );
}

const listOf = (text = ""): string[] =>
  text
    .split(",")
    .map((part) => part.trim())
    .filter((part) => part !== "");

function proxyAddress(text: string): string {
  if (isIP(text) === 0) throw new ConfigError(`NIMES_PROXY must be IP addresses, and "${text}" is none.`);
  return text;
}

function readTls(certificate: string | undefined, key: string | undefined): ServerConfig["tls"] {
  if (!certificate && !key) return undefined;
  if (!certificate || !key) throw new ConfigError("TLS needs both NIMES_TLS_CERT and NIMES_TLS_KEY.");
  for (const file of [certificate, key])
    if (!existsSync(file)) throw new ConfigError(`The TLS file ${file} does not exist.`);
  let tls: { certificate: Buffer; key: Buffer };
  try {
    tls = { certificate: readFileSync(certificate), key: readFileSync(key) };
  } catch {
    throw new ConfigError("The TLS files cannot be read: check their permissions.");
  }
  if (!belongTogether(tls))
    throw new ConfigError(`The TLS key ${key} is not that of the certificate ${certificate}.`);
  return tls;
}

/** What is no certificate or key at all is named when the server begins to listen. */
function belongTogether({ certificate, key }: { certificate: Buffer; key: Buffer }): boolean {
  try {
    return new X509Certificate(certificate).checkPrivateKey(createPrivateKey(key));
  } catch {
    return true;
  }
}

function origin(name: SettingName, text: string): string {
  if (!URL.canParse(text) || !/^https?:$/.test(new URL(text).protocol))
    throw new ConfigError(`${name} must be an address like https://nimes.example.org.`);
  return new URL(text).origin;
}

function wholeNumber(name: SettingName, text: string, max: number): number {
  const number = Number(text);
  if (!Number.isInteger(number) || number < 0 || number > max)
    throw new ConfigError(`${name} must be a whole number from 0 to ${max}.`);
  return number;
}

/** The table for `--help` and the documentation. */
export function settingsTable(): string {
  const width = Math.max(...settings.map(({ name }) => name.length));
  return settings
    .map(({ name, fallback, meaning }) => `${name.padEnd(width)}  ${meaning} [${fallback}]`)
    .join("\n");
}
