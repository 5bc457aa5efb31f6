/** Pictures that were attached, pasted or dropped wait here, with their captions, until they are sent or left. */
import type { RoomId } from "@nimes/protocol/ids";
import type { ReactNode } from "react";
import { createContext, lazy, Suspense, use, useCallback, useState } from "react";
import { useMessenger } from "../model/context.tsx";
import { NoPictures } from "./no-pictures.tsx";

const Offering = createContext<(files: readonly File[]) => void>(() => undefined);
const PictureDialog = lazy(() =>
  import("./picture-dialog.tsx").then(({ PictureDialog }) => ({ default: PictureDialog })),
);

/** Shows the given pictures with room for captions. */
export const useOffering = () => use(Offering);

export function OfferingProvider({ roomId, children }: { roomId: RoomId; children: ReactNode }) {
  const [files, setFiles] = useState<readonly File[]>([]);
  const allowed = useMessenger((state) => state.rules?.policy.picturesAllowed ?? true);
  const offer = useCallback((more: readonly File[]) => setFiles((before) => [...before, ...more]), []);
  return (
    <Offering value={offer}>
      {children}
      {files.length > 0 && !allowed ? <NoPictures onClose={() => setFiles([])} /> : null}
      {files.length > 0 && allowed ? (
        <Suspense>
          <PictureDialog roomId={roomId} files={files} onClose={() => setFiles([])} />
        </Suspense>
      ) : null}
    </Offering>
  );
}
