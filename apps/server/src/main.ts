/** `npm start`: the server alone, set up by environment variables. */
import { ConfigError, readConfig, settingsTable } from "./config.ts";
import { startServer } from "./server.ts";
import { DatabaseDamaged } from "./sqlite/open-database.ts";

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
  if (!(error instanceof ConfigError || error instanceof DatabaseDamaged)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exit(error instanceof ConfigError ? 2 : 3);
}
