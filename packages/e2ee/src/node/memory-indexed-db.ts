/**
 * IndexedDB for Node, in memory: what core-crypto stores is gone when the process ends. Import it before the
 * encryption is opened.
 */
import "fake-indexeddb/auto";
