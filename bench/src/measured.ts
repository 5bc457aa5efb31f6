/** What a bench returns, and what the report says of it. */
export type Measured = {
  metric: string;
  unit: string;
  /** One value for each run; the report's value is their median. */
  runs: number[];
};

/** Each file in `benches/` exports `run` of this type. */
export type Bench = () => Promise<Measured[]>;

export type Report = {
  /** `memory` in bytes. */
  machine: { cpu: string; cores: number; memory: number; os: string };
  versions: Record<string, string>;
  results: { bench: string; metric: string; value: number; unit: string; runs: number[] }[];
};
