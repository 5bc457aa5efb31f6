/** What the device says about its network; a hint, never a proof. */
export type Network = {
  /** False only while the device is sure that there is none. */
  mayReach(): boolean;
  /** @returns a function that ends the subscription. */
  onChange(listener: () => void): () => void;
};
