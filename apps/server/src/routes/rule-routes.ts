/** Routes of what the organisation orders: agreement, policy, orders. */
import type { Result } from "@nimes/protocol/result";
import { ok } from "@nimes/protocol/result";
import { routes } from "@nimes/protocol/routes/routes";
import type { Orders } from "../services/orders.ts";
import type { Rules } from "../services/rules.ts";
import type { Register } from "./register.ts";

export function addRuleRoutes(register: Register, services: { rules: Rules; orders: Orders }): void {
  const { rules, orders } = services;
  register(routes.getAgreement, async () => ok({ agreement: await rules.agreement() }));
  register(routes.postAgreement, async ({ body }) => done(await rules.takeAgreement(body)));
  register(routes.postAgreementAcceptance, async ({ device, body }) =>
    done(await rules.accept(device, body)),
  );
  register(routes.getPolicy, async () => ok({ policy: await rules.policy() }));
  register(routes.postPolicy, async ({ body }) => done(await rules.takePolicy(body)));
  register(routes.postOrder, async ({ body }) => done(await orders.take(body.kind, body.order)));
  register(routes.postOrderReceipt, async ({ body, key }) =>
    done(await orders.takeReceipt(body.deviceId, body.receipt, key)),
  );
  register(routes.postDeviceQuery, ({ body }) => orders.query(body));
}

const done = (result: Result<void>): Result<Record<never, never>> => (result.ok ? ok({}) : result);
