import { useLingui } from "@lingui/react/macro";
import type { RoomRole } from "@nimes/protocol/signed/room-roles";

/** The word for a role. */
export function RoleName({ role }: { role: RoomRole }) {
  const { t } = useLingui();
  switch (role) {
    case "owner":
      return t`Leitung`;
    case "moderator":
      return t`Moderation`;
    case "member":
      return t`Mitglied`;
    case "reader":
      return t`Nur lesen`;
    default:
      return role satisfies never;
  }
}
