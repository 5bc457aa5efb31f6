/**
 * What lies on the disk is not what this device wrote: changed, swapped, set back or taken away (TESTS C2). Lost
 * infrastructure, so it is thrown; nothing of it is shown.
 */
export class CapsuleDamaged extends Error {
  override readonly name = "CapsuleDamaged";
}
