/** `npm run verify` */
import { finish } from "./steps.ts";
import { verifySteps } from "./verify-steps.ts";

finish(verifySteps());
