/** Of what a device stores; raised whenever a release cannot go on with what an older one has stored. */
export const storedFormat = 5;
