/** Zooming and moving a picture, as numbers. Offsets are in pixels from the centre of the stage. */
export type View = { scale: number; x: number; y: number };

export const wholePicture: View = { scale: 1, x: 0, y: 0 };
const maxScale = 8;

/** Scales around a point so that what is under the finger stays there. */
export function zoomAround(view: View, factor: number, point: { x: number; y: number }): View {
  const scale = Math.min(maxScale, Math.max(1, view.scale * factor));
  const real = scale / view.scale;
  if (scale === 1) return wholePicture;
  return { scale, x: point.x - (point.x - view.x) * real, y: point.y - (point.y - view.y) * real };
}

/** Moves, but never so far that the picture leaves the stage. */
export function moveBy(
  view: View,
  by: { x: number; y: number },
  stage: { width: number; height: number },
): View {
  const limitX = ((view.scale - 1) * stage.width) / 2;
  const limitY = ((view.scale - 1) * stage.height) / 2;
  return {
    scale: view.scale,
    x: Math.min(limitX, Math.max(-limitX, view.x + by.x)),
    y: Math.min(limitY, Math.max(-limitY, view.y + by.y)),
  };
}
