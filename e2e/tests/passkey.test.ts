/** A passkey opens by finger or face: with Chromium's virtual authenticator. */
import type { CDPSession } from "@playwright/test";
import { nimes } from "../fixtures/nimes.ts";
import { expect, test } from "../fixtures/test.ts";
import type { Officer } from "../pages/officer.ts";

type Authenticator = {
  verifiesUser(verifies: boolean): Promise<void>;
  forget(): Promise<void>;
  /** Passkeys that it has. */
  count(): Promise<number>;
};

async function giveAuthenticator(officer: Officer): Promise<Authenticator> {
  const session: CDPSession = await officer.page.context().newCDPSession(officer.page);
  await session.send("WebAuthn.enable");
  const { authenticatorId } = await session.send("WebAuthn.addVirtualAuthenticator", {
    options: {
      protocol: "ctap2",
      ctap2Version: "ctap2_1",
      transport: "internal",
      hasResidentKey: true,
      hasUserVerification: true,
      hasPrf: true,
      isUserVerified: true,
      automaticPresenceSimulation: true,
    },
  });
  return {
    verifiesUser: async (isUserVerified) => {
      await session.send("WebAuthn.setUserVerified", { authenticatorId, isUserVerified });
    },
    forget: async () => {
      await session.send("WebAuthn.clearCredentials", { authenticatorId });
    },
    count: async () => {
      const { credentials } = await session.send("WebAuthn.getCredentials", { authenticatorId });
      return credentials.length;
    },
  };
}

async function arriveWithPasskey(officer: Officer): Promise<Authenticator> {
  const authenticator = await giveAuthenticator(officer);
  await officer.activation.open(officer.letter.url);
  await officer.activation.confirm();
  await officer.activation.consent();
  await officer.activation.choosePin(officer.pin);
  await officer.page.getByRole("button", { name: "Passkey einrichten" }).click();
  await expect(officer.page.getByText("Passkey ist eingerichtet.")).toBeVisible();
  await officer.activation.toChats.click();
  await officer.rooms.isShown();
  return authenticator;
}

test("a passkey opens, without user verification it does not, and removed it is not offered (A9)", async ({
  arrive,
}) => {
  const anna = await arrive();
  const authenticator = await arriveWithPasskey(anna);
  await anna.lock();
  await anna.lockScreen.openWithPasskey();
  await anna.rooms.isShown();

  await anna.lock();
  await authenticator.verifiesUser(false);
  await anna.lockScreen.openWithPasskey();
  await expect(anna.lockScreen.passkey).not.toHaveAttribute("data-pending");
  await anna.lockScreen.isShown();
  await anna.unlock();

  await anna.settings.open();
  await anna.settings.removePasskey();
  await expect.poll(() => authenticator.count()).toBe(0);
  await anna.page.goBack();
  await anna.lock();
  await expect(anna.lockScreen.passkey).toBeHidden();
  await anna.unlock();
});

test("in the settings a passkey needs the PIN, and the lock screen tells that one was added", async ({
  arrive,
}) => {
  const anna = await arrive();
  await giveAuthenticator(anna);
  await anna.activate();
  await anna.settings.open();
  await anna.settings.addPasskey("Falsch getippt 1");
  await expect(anna.page.getByRole("alert")).toContainText("Die PIN ist falsch");
  await expect(anna.page.getByRole("button", { name: "Passkey entfernen" })).toBeHidden();
  await anna.settings.addPasskey(anna.pin);
  await expect(anna.page.getByRole("button", { name: "Passkey entfernen" })).toBeVisible();
  await anna.settings.back();
  await anna.lock();
  await expect(anna.page.getByText("Für dieses Gerät wurde ein Passkey eingerichtet")).toBeVisible();
  await anna.lockScreen.openWithPasskey();
  await anna.rooms.isShown();
});

test("a wipe takes the passkey out of the authenticator, too: a copy of the phone has nobody to open it (P8)", async ({
  arrive,
  pilot,
}) => {
  const anna = await arrive();
  const authenticator = await arriveWithPasskey(anna);
  expect(await authenticator.count()).toBe(1);
  const who = anna.name.split(" ").at(-1) ?? "";
  await nimes(pilot, ["device", "wipe", who, "--reason", "Telefon gestohlen"]);
  await expect(anna.page.getByRole("heading", { name: "Die Daten wurden gelöscht" })).toBeVisible();
  await expect.poll(() => authenticator.count()).toBe(0);
});

test("where the passkey is gone from the phone the PIN still opens", async ({ arrive }) => {
  const anna = await arrive();
  const authenticator = await arriveWithPasskey(anna);
  await anna.lock();
  await authenticator.forget();
  await anna.lockScreen.openWithPasskey();
  await anna.lockScreen.isShown();
  await anna.unlock();
});

test("where the policy allows it, the passkey opens without network, and what is written goes out later", async ({
  arrive,
  colleague,
  pilotToChange: pilot,
}) => {
  const ben = await colleague();
  await nimes(pilot, ["policy", "set", "--service", "offline=8h"]);
  const anna = await arrive();
  await arriveWithPasskey(anna);
  await anna.writeTo(ben);
  await anna.room.send("Mit Netz");
  await anna.room.hasTick("Mit Netz", "Zugestellt");
  await anna.room.back();
  await anna.lock();
  await anna.lockScreen.openWithPasskey();
  await anna.rooms.isShown();
  await anna.lock();
  await anna.goOffline();
  await expect(anna.page.getByText(/Bis .* öffnet der Passkey auch ohne Verbindung/)).toBeVisible();
  await anna.lockScreen.openWithPasskey();
  await anna.rooms.open(ben.name);
  await anna.room.hears("Mit Netz");
  await anna.room.send("Im Funkloch geschrieben");
  await anna.room.hasTick("Im Funkloch geschrieben", "Wartet");
  await anna.goOnline();
  // Content goes over the network only after both steps.
  await anna.lockScreen.isShown();
  await anna.lockScreen.open(anna.pin);
  await anna.room.hasTick("Im Funkloch geschrieben", "Zugestellt");
  await ben.hears(anna.name, "Im Funkloch geschrieben");
});
