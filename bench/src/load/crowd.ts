/** Many devices, enrolled at a server with real keys and signed in. */
import { encodeCbor } from "@nimes/protocol/cbor";
import { cborMediaType } from "@nimes/protocol/routes/route";
import { routes } from "@nimes/protocol/routes/routes";
import type { TestDevice, TestOrganisation } from "@nimes/testing/organisation";
import { activateDevice, enrolOfficer } from "@nimes/testing/organisation";
import { rawCalls } from "@nimes/testing/server/raw-calls";
import { rawDevice } from "@nimes/testing/server/raw-device";

export type CrowdDevice = { test: TestDevice; token: string };

const atOnce = 16;

export async function publishOrganisation(url: string, organisation: TestOrganisation): Promise<void> {
  for (const manifest of organisation.manifests) {
    const answer = await fetch(url + routes.postManifest.path, {
      method: "POST",
      headers: { "content-type": cborMediaType },
      body: encodeCbor(manifest),
    });
    if (!answer.ok) throw new Error(`the manifest was answered with ${answer.status}`);
  }
}

/** One officer, one device each. */
export async function enrolCrowd(
  url: string,
  organisation: TestOrganisation,
  count: number,
): Promise<CrowdDevice[]> {
  const crowd: CrowdDevice[] = [];
  let begun = 0;
  async function enrolSome(): Promise<void> {
    while (begun < count) {
      begun += 1;
      const test = await activateDevice(await enrolOfficer(organisation));
      const device = rawDevice(rawCalls(url), test);
      await device.enrol();
      crowd.push({ test, token: await device.open() });
    }
  }
  await Promise.all(Array.from({ length: atOnce }, enrolSome));
  return crowd;
}
