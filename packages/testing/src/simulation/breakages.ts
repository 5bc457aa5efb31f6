/** What breaks, at random: lines, phones, the server; and phones that are replaced. */
import type { OpenWorld } from "../scenarios/open-world.ts";
import type { Deed } from "./deeds.ts";
import type { Ledger } from "./ledger.ts";
import type { Fleet } from "./phones/fleet.ts";
import { isAwake } from "./phones/phone.ts";

export function breakages(needs: { fleet: Fleet; ledger: Ledger; newPhones: boolean }): Record<string, Deed> {
  const { fleet, ledger, newPhones } = needs;
  return {
    cut: { weight: 8, do: async ({ network }) => network.cut() },
    die: {
      weight: 8,
      async do({ crash }, random) {
        ledger.counts.crashes += 1;
        crash.arm(1 + random.below(15));
      },
    },
    sleep: {
      weight: 5,
      async do(phone) {
        if (!isAwake(phone)) return;
        phone.crash.arm(undefined);
        await fleet.sleep(phone);
      },
    },
    replace: { weight: newPhones ? 2 : 0, do: (phone) => fleet.replace(phone) },
  };
}

/** The server stops and starts again on the same data. */
export async function restartServer(here: OpenWorld, ledger: Ledger): Promise<void> {
  ledger.history.push("server starts again");
  await here.stopServer();
  await here.startServer();
}
