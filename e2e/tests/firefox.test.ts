/** The main job in a second engine: what only one browser does is no standard, and officers have both. */
import { join } from "node:path";
import type { Browser } from "puppeteer-core";
import puppeteer from "puppeteer-core";
import { findFirefox } from "../../scripts/firefox.ts";
import { expect, test } from "../fixtures/test.ts";
import { FirefoxOfficer } from "../pages/firefox-officer.ts";

const executablePath = findFirefox();
const picture = join(import.meta.dirname, "../../apps/pilot/pictures/river.jpg");

const firefox = test.extend<{ firefoxOfficer: () => Promise<FirefoxOfficer> }>({
  firefoxOfficer: async ({ pilot }, use) => {
    const browsers: Browser[] = [];
    const officers: FirefoxOfficer[] = [];
    await use(async () => {
      const browser = await puppeteer.launch({
        browser: "firefox",
        ...(executablePath && { executablePath }),
        headless: true,
        defaultViewport: { width: 1280, height: 800 },
        extraPrefsFirefox: { "intl.accept_languages": "de-DE, de" },
      });
      browsers.push(browser);
      const officer = await FirefoxOfficer.arrive(browser, await pilot.takeLetter());
      officers.push(officer);
      await officer.activate();
      return officer;
    });
    for (const { problems } of officers) expect(problems).toEqual([]);
    for (const browser of browsers) await browser.close();
  },
});

// Whoever has no Firefox is told by `npm test`, and runs the rest.
if (executablePath)
  firefox(
    "Firefox: activated, written both ways, a picture, locked and opened again, and what waited for the server goes out",
    async ({ colleague, firefoxOfficer, pilot }) => {
      const ben = await colleague();
      const anna = await firefoxOfficer();
      await anna.writeTo(ben);
      await anna.send(ben, "Südausgang ist frei");
      await ben.hears(anna.name, "Südausgang ist frei");
      await anna.hasTick("Zugestellt");
      await ben.say(anna.name, "Verstanden");
      await anna.sees("Verstanden");

      await anna.sendPicture(picture, "Lageplan");
      await expect.poll(() => ben.messages(anna.name)).toBe(3);
      // With Shift held Firefox shows a menu that saves and copies what lies under the pointer.
      expect(await anna.under("[data-testid=timeline] article img")).not.toBe("IMG");
      await anna.press("Foto öffnen: Lageplan");
      expect(await anna.under('img[alt="Foto in voller Größe"]')).not.toBe("IMG");
      await anna.press("Schließen");

      await anna.lock();
      const left = await anna.page.content();
      for (const word of ["Südausgang", "Verstanden", "Lageplan", ben.name]) expect(left).not.toContain(word);
      await anna.unlock();
      await anna.sees("Verstanden");

      await pilot.kill();
      await anna.send(ben, "Während der Server weg war");
      await anna.hasTick("Wartet");
      await pilot.start();
      await anna.hasTick("Zugestellt");
      await ben.hears(anna.name, "Während der Server weg war");
    },
  );
