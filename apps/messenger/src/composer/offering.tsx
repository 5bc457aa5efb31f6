/** Where a room asks about pictures before they are sent. */
import type { RoomId } from "@nimes/protocol/ids";
import type { ReactNode } from "react";
import { createContext, lazy, Suspense, use, useMemo } from "react";
import { useStore } from "zustand";
import { useClient, useMessenger } from "../model/context.tsx";
import { NoPictures } from "./no-pictures.tsx";
import { createOffered } from "./offered.ts";

const Offering = createContext<(files: readonly File[]) => void>(() => undefined);
const PictureDialog = lazy(() =>
  import("./picture-dialog.tsx").then(({ PictureDialog }) => ({ default: PictureDialog })),
);

/** Shows the given pictures with room for captions, and says which files are none. */
export const useOffering = () => use(Offering);

export function OfferingProvider({ roomId, children }: { roomId: RoomId; children: ReactNode }) {
  const client = useClient();
  const offered = useMemo(() => createOffered(client, roomId), [client, roomId]);
  const isAsking = useStore(offered.store, ({ pictures, refused }) => pictures.length + refused.length > 0);
  const allowed = useMessenger((state) => state.rules?.policy.picturesAllowed ?? true);
  return (
    <Offering value={offered.offer}>
      {children}
      {isAsking && !allowed ? <NoPictures onClose={offered.cancel} /> : null}
      {isAsking && allowed ? (
        <Suspense>
          <PictureDialog offered={offered} />
        </Suspense>
      ) : null}
    </Offering>
  );
}
