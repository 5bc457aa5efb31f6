import { useCallback, useEffect, useEffectEvent, useRef, useState } from "react";
import type { View } from "./zoom.ts";
import { moveBy, wholePicture, zoomAround } from "./zoom.ts";

type Point = { x: number; y: number };

/** Pinch, wheel, double tap, drag and keys (+, -, 0, arrows) on a stage that holds one picture. */
export function useZoom() {
  const stage = useRef<HTMLDivElement>(null);
  const [view, setView] = useState<View>(wholePicture);
  const pointers = useRef(new Map<number, Point>());

  const by = useCallback(
    (factor: number, point: Point = { x: 0, y: 0 }) => setView((before) => zoomAround(before, factor, point)),
    [],
  );
  const move = (step: Point) => {
    const { clientWidth: width, clientHeight: height } = stage.current ?? { clientWidth: 0, clientHeight: 0 };
    setView((before) => moveBy(before, step, { width, height }));
  };

  const fromCentre = (event: { clientX: number; clientY: number }): Point => {
    const box = stage.current?.getBoundingClientRect();
    return box
      ? { x: event.clientX - box.left - box.width / 2, y: event.clientY - box.top - box.height / 2 }
      : { x: 0, y: 0 };
  };

  const onWheel = useEffectEvent((event: WheelEvent) => {
    event.preventDefault();
    by(Math.exp(-event.deltaY / 300), fromCentre(event));
  });
  const onDoubleClick = useEffectEvent((event: MouseEvent) => {
    if (view.scale > 1) setView(wholePicture);
    else by(2.5, fromCentre(event));
  });
  const onPointerDown = useEffectEvent((event: PointerEvent) => {
    pointers.current.set(event.pointerId, fromCentre(event));
    stage.current?.setPointerCapture(event.pointerId);
  });
  const onPointerMove = useEffectEvent((event: PointerEvent) => {
    const before = pointers.current.get(event.pointerId);
    if (!before) return;
    const now = fromCentre(event);
    const other = [...pointers.current].find(([id]) => id !== event.pointerId)?.[1];
    if (other) by(distance(now, other) / Math.max(1, distance(before, other)), middle(now, other));
    else move({ x: now.x - before.x, y: now.y - before.y });
    pointers.current.set(event.pointerId, now);
  });
  const onPointerEnd = useEffectEvent((event: PointerEvent) => pointers.current.delete(event.pointerId));
  const onKey = useEffectEvent((event: KeyboardEvent) => {
    const step = 60;
    if (event.key === "+" || event.key === "=") by(1.4);
    else if (event.key === "-") by(1 / 1.4);
    else if (event.key === "0") setView(wholePicture);
    else if (event.key === "ArrowLeft") move({ x: step, y: 0 });
    else if (event.key === "ArrowRight") move({ x: -step, y: 0 });
    else if (event.key === "ArrowUp") move({ x: 0, y: step });
    else if (event.key === "ArrowDown") move({ x: 0, y: -step });
  });

  useEffect(() => {
    const element = stage.current;
    if (!element) return;
    const ends = new AbortController();
    const { signal } = ends;
    element.addEventListener("wheel", (event) => onWheel(event), { passive: false, signal });
    element.addEventListener("dblclick", (event) => onDoubleClick(event), { signal });
    element.addEventListener("pointerdown", (event) => onPointerDown(event), { signal });
    element.addEventListener("pointermove", (event) => onPointerMove(event), { signal });
    element.addEventListener("pointerup", (event) => onPointerEnd(event), { signal });
    element.addEventListener("pointercancel", (event) => onPointerEnd(event), { signal });
    window.addEventListener("keydown", (event) => onKey(event), { signal });
    return () => ends.abort();
  }, []);

  useEffect(() => {
    const style = stage.current?.style;
    style?.setProperty("--zoom", String(view.scale));
    style?.setProperty("--move-x", `${view.x}px`);
    style?.setProperty("--move-y", `${view.y}px`);
  }, [view]);

  return { stage, scale: view.scale, by };
}

const distance = (one: Point, other: Point): number => Math.hypot(one.x - other.x, one.y - other.y);
const middle = (one: Point, other: Point): Point => ({ x: (one.x + other.x) / 2, y: (one.y + other.y) / 2 });
