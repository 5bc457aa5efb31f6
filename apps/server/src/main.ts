/** `npm start`: the server alone, set up by environment variables. */
import { ConfigError, readConfig, settingsTable } from "./config.ts";
import { startServer } from "./server.ts";
import { DatabaseDamaged, DatabaseTooOld } from "./sqlite/open-database.ts";

if (process.argv.includes("--help")) {
  process.stdout.write(`NIMes server. Settings (environment variables):\n\n${settingsTable()}\n`);
  process.exit(0);
}

try {
  const server = await startServer(readConfig(process.env));
  process.stdout.write(`NIMes is ready: ${server.url}\n`);
  let ending = false;
  const end = (): void => {
    if (ending) return;
    ending = true;
    server.close().then(
      () => process.exit(0),
      () => process.exit(1),
    );
  };
  process.on("SIGINT", end);
  process.on("SIGTERM", end);
} catch (error) {
  const exitCode = exitCodeOf(error);
  if (exitCode === undefined || !(error instanceof Error)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exit(exitCode);
}

/** Undefined for a fault of the program. */
function exitCodeOf(error: unknown): number | undefined {
  if (error instanceof ConfigError) return 2;
  if (error instanceof DatabaseDamaged) return 3;
  return error instanceof DatabaseTooOld ? 4 : undefined;
}
