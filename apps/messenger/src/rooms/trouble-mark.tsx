import { useLingui } from "@lingui/react/macro";
import type { RoomTrouble } from "@nimes/client/nimes-client";
import { LoaderCircle, TriangleAlert } from "lucide-react";
import { Icon } from "../ui/icon.tsx";
import classes from "./room-row.module.css";

/** In the list: nothing goes on in this room for the moment. What exactly, stands in the room. */
export function TroubleMark({ trouble }: { trouble: RoomTrouble }) {
  const { t } = useLingui();
  return trouble === "coming-back" ? (
    <Icon of={LoaderCircle} size={17} label={t`Gleich wieder dabei`} className={classes.calm} />
  ) : (
    <Icon of={TriangleAlert} size={17} label={t`Wartet auf die Neubegründung`} className={classes.warn} />
  );
}
