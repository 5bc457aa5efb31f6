import { storeContracts } from "@nimes/testing/stores/store-contracts";
import { memoryStores } from "./memory-stores.ts";

storeContracts("in memory", async () => memoryStores());
