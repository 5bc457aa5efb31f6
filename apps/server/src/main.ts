/** `npm start`: the server alone, set up by environment variables. */
import { readConfig, requireApp, type ServerConfig, settingsTable } from "./config.ts";
import { startServer } from "./server.ts";
import { explainStartFailure } from "./start-failure.ts";

if (process.argv.includes("--help")) {
  process.stdout.write(`NIMes server. Settings (environment variables):\n\n${settingsTable()}\n`);
  process.exit(0);
}

let config: ServerConfig | undefined;
try {
  config = readConfig(process.env);
  requireApp(config);
  const starting = startServer(config);
  let ending = false;
  // From the first moment on: whoever starts the server may end it before it is ready.
  const end = (): void => {
    if (ending) return;
    ending = true;
    starting
      .then((server) => server.close())
      .then(
        () => process.exit(0),
        (error: unknown) => {
          process.stderr.write(`${error instanceof Error ? error.stack : error}\n`);
          process.exit(1);
        },
      );
  };
  process.on("SIGINT", end);
  process.on("SIGTERM", end);
  process.stdout.write(`NIMes is ready: ${(await starting).url}\n`);
} catch (error) {
  const failure = explainStartFailure(error, config ?? { address: "", port: 0, dataFolder: "" });
  if (!failure) throw error;
  process.stderr.write(`${failure.sentence}\n`);
  process.exit(failure.exitCode);
}
