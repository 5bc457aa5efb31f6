/** Size of a picture in its bubble: as wide as it may be, never a thin strip, never higher than a phone. */
const maxWidth = 280;
const maxHeight = 330;
const minWidth = 130;

export function frameOf(picture: { width: number; height: number }): { width: number; ratio: number } {
  const natural = picture.width / Math.max(1, picture.height);
  const ratio = Math.min(2.4, Math.max(0.55, natural));
  const width = Math.max(minWidth, Math.min(maxWidth, Math.round(maxHeight * ratio)));
  return { width, ratio };
}
