/** Why the server does not start, as one sentence for the operator and an exit code. */
import { ConfigError } from "./config.ts";
import { DatabaseDamaged, DatabaseTooOld } from "./sqlite/open-database.ts";
import { TwinsDiffer } from "./sqlite/twins.ts";

export type StartFailure = { sentence: string; exitCode: number };

/** Exit codes: 2 for what the operator can set right, 3 for a damaged database, 4 for one of an earlier pilot. */
const settingsCode = 2;
const damagedCode = 3;
const tooOldCode = 4;

/** @returns undefined for what nobody has foreseen: that is a bug, and its stack is worth more than a sentence. */
export function explainStartFailure(
  error: unknown,
  at: { address: string; port: number; dataFolder: string },
): StartFailure | undefined {
  const settings = (sentence: string): StartFailure => ({ sentence, exitCode: settingsCode });
  if (error instanceof ConfigError || error instanceof TwinsDiffer) return settings(error.message);
  if (error instanceof DatabaseDamaged) return { sentence: error.message, exitCode: damagedCode };
  if (error instanceof DatabaseTooOld) return { sentence: error.message, exitCode: tooOldCode };
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  if (code === "EADDRINUSE")
    return settings(`Port ${at.port} is taken: end the other program, or choose another with NIMES_PORT.`);
  if (code === "EACCES" && error instanceof Error && "syscall" in error && error.syscall === "listen")
    return settings(`Port ${at.port} may not be used by this user: choose one above 1023.`);
  if (code === "EADDRNOTAVAIL" || code === "ENOTFOUND")
    return settings(`The address ${at.address} is not one of this machine's: check NIMES_ADDRESS.`);
  if (/^(ENOSPC|EDQUOT|SQLITE_FULL)$/.test(code))
    return settings(`There is no space left in the data folder ${at.dataFolder}.`);
  if (
    /^(EACCES|EPERM|EROFS|ENOTDIR|EEXIST|SQLITE_CANTOPEN\w*|SQLITE_READONLY\w*|SQLITE_IOERR\w*)$/.test(code)
  )
    return settings(
      `The data folder ${at.dataFolder} cannot be written: check that it is a folder and who owns it.`,
    );
  if (/^ERR_(OSSL|SSL|TLS)/.test(code))
    return settings("The TLS files are not a certificate and its key in PEM format.");
  return undefined;
}
