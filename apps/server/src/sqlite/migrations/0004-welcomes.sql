-- A Welcome is the same for every device that one commit adds: it is kept once, and each inbox names it.
CREATE TABLE welcomes (
  welcome_id INTEGER PRIMARY KEY,
  item BLOB NOT NULL
) STRICT;
INSERT INTO welcomes (welcome_id, item) SELECT rowid, item FROM inbox;

CREATE TABLE inbox_by_name (
  device_id TEXT NOT NULL,
  sequence INTEGER NOT NULL,
  welcome_id INTEGER NOT NULL REFERENCES welcomes,
  PRIMARY KEY (device_id, sequence)
) STRICT, WITHOUT ROWID;
INSERT INTO inbox_by_name (device_id, sequence, welcome_id) SELECT device_id, sequence, rowid FROM inbox;
DROP TABLE inbox;
ALTER TABLE inbox_by_name RENAME TO inbox;
CREATE INDEX inbox_of_welcome ON inbox (welcome_id);
