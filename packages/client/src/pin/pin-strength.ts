/** How hard a PIN is to guess, by the lists of common passwords and words of `zxcvbn`; loaded when it is asked for. */

/** 0: among the first guesses; 4: very hard to guess. */
export type PinStrength = 0 | 1 | 2 | 3 | 4;

type Judge = (pin: string) => Promise<PinStrength>;

/** The lists take some hundred kilobytes, so they are loaded once, and not before somebody chooses a PIN. */
const loaded: { judge?: Promise<Judge> } = {};

async function load(): Promise<Judge> {
  const [{ ZxcvbnFactory }, common, german] = await Promise.all([
    import("@zxcvbn-ts/core"),
    import("@zxcvbn-ts/language-common"),
    import("@zxcvbn-ts/language-de"),
  ]);
  const zxcvbn = new ZxcvbnFactory({
    dictionary: { ...common.dictionary, ...german.dictionary, app: ["nimes", "polizei", "messenger"] },
    graphs: common.adjacencyGraphs,
  });
  return async (pin) => zxcvbn.check(pin).score;
}

/** Works without network and tells nobody. */
export async function pinStrength(pin: string): Promise<PinStrength> {
  loaded.judge ??= load();
  return (await loaded.judge)(pin);
}
