/** Settings from the environment, one row each; `--help` prints the table. */
import { existsSync, readFileSync } from "node:fs";
import { isIP } from "node:net";
import { resolve } from "node:path";
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
  logLevel: "silent" | "error" | "warn" | "info" | "debug";
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
  { name: "NIMES_DATA", fallback: "./data", meaning: "folder for database, attachments and server key" },
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
    logLevel,
    quotaBytes: wholeNumber("NIMES_QUOTA_MB", value("NIMES_QUOTA_MB") ?? "2048", 1_000_000) * 1024 * 1024,
  };
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
  try {
    return { certificate: readFileSync(certificate), key: readFileSync(key) };
  } catch {
    throw new ConfigError("The TLS files cannot be read: check their permissions.");
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
