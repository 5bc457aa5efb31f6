import { Trans } from "@lingui/react/macro";
import type { RoomId } from "@nimes/protocol/ids";
import { ImagePlus } from "lucide-react";
import type { ReactNode } from "react";
import { useEffect, useEffectEvent, useRef, useState } from "react";
import { Icon } from "../ui/icon.tsx";
import classes from "./drop-area.module.css";
import { OfferingProvider, useOffering } from "./offering.tsx";

const hasFiles = ({ dataTransfer }: DragEvent): boolean => dataTransfer?.types.includes("Files") ?? false;

/** The part of a room where pictures can be dropped. */
export function DropArea(props: { roomId: RoomId; writable: boolean; children: ReactNode }) {
  return (
    <OfferingProvider roomId={props.roomId}>
      <Target writable={props.writable}>{props.children}</Target>
    </OfferingProvider>
  );
}

function Target({ writable, children }: { writable: boolean; children: ReactNode }) {
  const offer = useOffering();
  const area = useRef<HTMLDivElement>(null);
  const [over, setOver] = useState(false);

  const onDrop = useEffectEvent((event: DragEvent) => {
    setOver(false);
    if (!hasFiles(event)) return;
    event.preventDefault();
    if (writable) offer([...(event.dataTransfer?.files ?? [])]);
  });
  const onOver = useEffectEvent((event: DragEvent) => {
    // A text goes where texts can be dropped, and nowhere else.
    if (!hasFiles(event)) return;
    // Without this the browser would open the file in place of the app.
    event.preventDefault();
    if (writable) setOver(true);
  });
  const onLeave = useEffectEvent((event: DragEvent) => {
    if (!(event.relatedTarget instanceof Node && area.current?.contains(event.relatedTarget))) setOver(false);
  });

  useEffect(() => {
    const element = area.current;
    if (!element) return;
    const ends = new AbortController();
    const { signal } = ends;
    element.addEventListener("drop", (event) => onDrop(event), { signal });
    element.addEventListener("dragover", (event) => onOver(event), { signal });
    element.addEventListener("dragleave", (event) => onLeave(event), { signal });
    return () => ends.abort();
  }, []);

  return (
    <div ref={area} className={classes.area}>
      {children}
      {over ? (
        <div className={classes.sign} aria-hidden="true">
          <Icon of={ImagePlus} size={34} />
          <Trans>Foto hier ablegen</Trans>
        </div>
      ) : null}
    </div>
  );
}
