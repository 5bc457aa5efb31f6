/** Everything the services store. */
import type { AttachmentStore } from "./attachment-store.ts";
import type { DirectoryStore } from "./directory-store.ts";
import type { KeyPackageStore } from "./key-package-store.ts";
import type { PasskeyStore } from "./passkey-store.ts";
import type { PinStore } from "./pin-store.ts";
import type { RegistrationStore } from "./registration-store.ts";
import type { RoomLogStore } from "./room-log-store.ts";
import type { RulesStore } from "./rules-store.ts";

export type Stores = {
  directory: DirectoryStore;
  pins: PinStore;
  registrations: RegistrationStore;
  passkeys: PasskeyStore;
  rules: RulesStore;
  keyPackages: KeyPackageStore;
  roomLog: RoomLogStore;
  attachments: AttachmentStore;
  /** Writes as much as a message needs and removes it: whether the store works right now (F6). */
  probe(): Promise<boolean>;
  close(): Promise<void>;
};
