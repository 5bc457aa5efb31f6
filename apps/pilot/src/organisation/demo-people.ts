/** Stations and names of the demo organisation; all invented. */

export const demoUnits = [
  { id: "pi-celle", name: "PI Celle" },
  { id: "pi-hannover-mitte", name: "PI Hannover-Mitte" },
  { id: "zpd", name: "Zentrale Polizeidirektion" },
] as const;
type DemoUnitId = (typeof demoUnits)[number]["id"];

export type DemoPerson = { name: string; unitId: string; function: string };

export const unitNameOf = (unitId: string): string =>
  demoUnits.find(({ id }) => id === unitId)?.name ?? unitId;

const person = (name: string, unitId: DemoUnitId, duty: string): DemoPerson => ({
  name,
  unitId,
  function: duty,
});

/** People who may join; `host` is the first part of each one's own address. */
export const demoPeople: readonly (DemoPerson & { host: string })[] = [
  { host: "anna", ...person("PK'in Anna Behrens", "pi-celle", "Streifendienst") },
  { host: "ben", ...person("PK Ben Krüger", "pi-celle", "Streifendienst") },
  { host: "clara", ...person("POK'in Clara Voigt", "pi-hannover-mitte", "Dienstgruppenleitung") },
  { host: "deniz", ...person("PK Deniz Aydın", "pi-hannover-mitte", "Kontaktbereich") },
  { host: "eva", ...person("PHK'in Eva Lindner", "zpd", "Lagezentrum") },
  { host: "finn", ...person("PK Finn Petersen", "pi-celle", "Diensthundführer") },
  { host: "greta", ...person("KOK'in Greta Sievers", "pi-hannover-mitte", "Ermittlungsdienst") },
  { host: "henrik", ...person("POK Henrik Lüders", "zpd", "Einsatzplanung") },
  { host: "ida", ...person("PK'in Ida Heinemann", "pi-celle", "Streifendienst") },
  { host: "jan", ...person("PHK Jan Oltmanns", "zpd", "Technik") },
  { host: "katja", ...person("KHK'in Katja Wulf", "pi-hannover-mitte", "Kriminaldauerdienst") },
  { host: "lukas", ...person("PK Lukas Brandes", "pi-celle", "Bezirksdienst") },
];

/** What stands behind the duty of a simulated officer, so that nobody takes one for a person. */
const simulated = "(simuliert)";

/** Names for simulated officers, in the order in which they come. */
export const simulatedPeople: readonly DemoPerson[] = (
  [
    ["POK Markus Feldmann", "pi-celle", "Dienstgruppenleitung"],
    ["PK'in Lena Ahrens", "pi-hannover-mitte", "Streifendienst"],
    ["KHK Thomas Reuter", "zpd", "Lagezentrum"],
    ["PK'in Sabrina Möller", "pi-celle", "Streifendienst"],
    ["POK Yusuf Demir", "pi-hannover-mitte", "Verfügungseinheit"],
    ["PHK'in Petra Harms", "zpd", "Einsatzplanung"],
    ["PK Nils Jürgens", "pi-celle", "Streifendienst"],
    ["KK'in Maren Thies", "pi-hannover-mitte", "Ermittlungsdienst"],
    ["POK Stefan Kruse", "zpd", "Technik"],
    ["PK'in Jule Wiechmann", "pi-celle", "Bezirksdienst"],
    ["PK Emre Kaya", "pi-hannover-mitte", "Streifendienst"],
    ["PHK Uwe Bartels", "zpd", "Lagezentrum"],
    ["POK'in Anke Rohde", "pi-celle", "Verkehr"],
    ["PK Tim Schaper", "pi-hannover-mitte", "Streifendienst"],
    ["KOK Dirk Meinecke", "zpd", "Führungsstab"],
    ["PK'in Nele Buchholz", "pi-celle", "Streifendienst"],
    ["POK Ralf Ehlers", "pi-hannover-mitte", "Kontaktbereich"],
    ["PHK'in Silke Evers", "zpd", "Einsatzplanung"],
    ["PK Malte Hoffmeister", "pi-celle", "Streifendienst"],
    ["KK Paul Niemann", "pi-hannover-mitte", "Kriminaldauerdienst"],
    ["POK'in Birte Claussen", "zpd", "Technik"],
    ["PK Ole Janssen", "pi-celle", "Streifendienst"],
    ["PK'in Aylin Öztürk", "pi-hannover-mitte", "Streifendienst"],
    ["PHK Gerd Wolters", "zpd", "Lagezentrum"],
  ] as const
).map(([name, unitId, duty]) => person(name, unitId, `${duty} ${simulated}`));
