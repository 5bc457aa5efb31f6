import { UsersRound } from "lucide-react";
import { initials } from "../texts/names.ts";
import classes from "./avatar.module.css";
import { cx } from "./cx.ts";
import { Icon } from "./icon.tsx";

/** A rounded square with initials; groups are tinted. Decoration: the name always stands beside it. */
export function Avatar(props: {
  name: string;
  kind: "direct" | "group" | "channel";
  size?: "small" | "normal" | "large";
}) {
  const { name, kind, size = "normal" } = props;
  return (
    <span aria-hidden="true" className={cx(classes.avatar, classes[kind], classes[size])}>
      {name === "" ? <Icon of={UsersRound} size={20} /> : initials(name)}
    </span>
  );
}
