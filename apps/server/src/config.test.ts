import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { ConfigError, readConfig, settings, settingsTable } from "./config.ts";

const required = { NIMES_ORG_ROOT: "ab".repeat(32) };

test("the manual for operation has the settings as --help prints them", () => {
  const manual = readFileSync(join(import.meta.dirname, "../../../docs/operation.md"), "utf8");
  const rows = manual.split("\n").filter((line) => line.startsWith("| `NIMES_"));
  expect(rows).toEqual(
    settings.map(({ name, meaning, fallback }) => `| \`${name}\` | ${meaning} | ${fallback} |`),
  );
  for (const { name, meaning } of settings)
    expect(settingsTable()).toContain(`${name.padEnd(20)} ${meaning}`);
});

test("an empty variable counts as none, and what was left out has its default", () => {
  const config = readConfig({ ...required, NIMES_PORT: "", NIMES_QUOTA_MB: "", NIMES_LOG_LEVEL: "" });
  expect(config).toMatchObject({
    address: "127.0.0.1",
    port: 8080,
    publicUrl: "http://localhost:8080",
    extraOrigins: [],
    logLevel: "info",
    quotaBytes: 2048 * 1024 * 1024,
  });
  expect(config.tls).toBeUndefined();
});

test("origins are taken as browsers send them, whatever stands behind them", () => {
  const config = readConfig({
    ...required,
    NIMES_PUBLIC_URL: "https://NIMES.example.de:443/app?x#y",
    NIMES_EXTRA_ORIGINS: " http://anna.localhost:8080/ , https://b.example ,",
  });
  expect(config.publicUrl).toBe("https://nimes.example.de");
  expect(config.extraOrigins).toEqual(["http://anna.localhost:8080", "https://b.example"]);
});

test("each wrong setting is named in a sentence", () => {
  const wrong: Record<string, string>[] = [
    { NIMES_ORG_ROOT: "" },
    { NIMES_ORG_ROOT: "xyz" },
    { NIMES_PORT: "65536" },
    { NIMES_PORT: "-1" },
    { NIMES_PORT: "80.5" },
    { NIMES_PORT: "eighty" },
    { NIMES_PUBLIC_URL: "nimes.example.de" },
    { NIMES_PUBLIC_URL: "javascript:alert(1)" },
    { NIMES_EXTRA_ORIGINS: "https://a.example,nonsense" },
    { NIMES_TLS_CERT: "/nowhere/cert.pem", NIMES_TLS_KEY: "/nowhere/key.pem" },
    { NIMES_TLS_KEY: "/nowhere/key.pem" },
    { NIMES_QUOTA_MB: "much" },
    { NIMES_LOG_LEVEL: "trace" },
  ];
  for (const environment of wrong) {
    const read = (): unknown => readConfig({ ...required, ...environment });
    expect(read, JSON.stringify(environment)).toThrow(ConfigError);
    expect(read).toThrow(/^The .+\.$|^TLS .+\.$|^NIMES_\w+ .+\.$/);
  }
});
