/** What a bare part and the bench that started it tell each other. */

/** Processor time is that of the thread alone, so that neither the bench nor other programs are counted. */
export type BareRun = { rows: number; seconds: number; processorSeconds: number };

/** The database is a fresh one in this folder for each run. */
export type BareRowsJob = { folder: string; durationMs: number; batchRows: number; rowBytes: number };
