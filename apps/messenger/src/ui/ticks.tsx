import { useLingui } from "@lingui/react/macro";
import type { Delivery } from "@nimes/client/nimes-client";
import { Check, CheckCheck, CircleAlert, Clock } from "lucide-react";
import { cx } from "./cx.ts";
import { Icon } from "./icon.tsx";
import classes from "./ticks.module.css";

/** How far an own message is: clock, one tick, two ticks; never told by colour alone. */
export function Ticks({ delivery, onOwn = false }: { delivery: Delivery; onOwn?: boolean }) {
  const { t } = useLingui();
  switch (delivery.state) {
    case "waiting":
    case "uploading":
      return <Icon of={Clock} size={13} label={t`Wartet`} className={classes.ticks} />;
    case "sent":
      return <Icon of={Check} size={15} label={t`Gesendet`} className={classes.ticks} />;
    case "delivered":
      return (
        <Icon
          of={CheckCheck}
          size={16}
          label={t`Zugestellt`}
          className={cx(classes.ticks, onOwn ? classes.deliveredOnOwn : classes.delivered)}
        />
      );
    case "wedged":
      return (
        <Icon
          of={CircleAlert}
          size={15}
          label={t`Nicht gesendet`}
          className={cx(classes.ticks, classes.wedged)}
        />
      );
  }
}
