/** The directory could not be asked; what needs it waits, and is tried again. */
export class ChainsUnreachable extends Error {
  override readonly name = "ChainsUnreachable";
}
