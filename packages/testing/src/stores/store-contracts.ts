/** All contracts of the stores that stand behind the server's ports. */
import type { Stores } from "@nimes/server/ports/stores";
import { attachmentStoreContract } from "./attachment-store-contract.ts";
import { directoryStoreContract } from "./directory-store-contract.ts";
import { forgottenEntriesContract } from "./forgotten-entries-contract.ts";
import { keyPackageStoreContract } from "./key-package-store-contract.ts";
import { registrationStoreContract } from "./registration-store-contract.ts";
import { roomLogStoreContract } from "./room-log-store-contract.ts";
import { roomRecoveryContract } from "./room-recovery-contract.ts";
import { roomRulesContract } from "./room-rules-contract.ts";
import { secondStepStoreContract } from "./second-step-store-contract.ts";

/** @param open makes stores that are empty. */
export function storeContracts(adapter: string, open: () => Promise<Stores>): void {
  directoryStoreContract(adapter, open);
  keyPackageStoreContract(adapter, open);
  roomLogStoreContract(adapter, open);
  forgottenEntriesContract(adapter, open);
  roomRulesContract(adapter, open);
  roomRecoveryContract(adapter, open);
  attachmentStoreContract(adapter, open);
  secondStepStoreContract(adapter, open);
  registrationStoreContract(adapter, open);
}
