-- See runs.ts.
CREATE TABLE runs (
  from_mark INTEGER PRIMARY KEY,
  run BLOB NOT NULL,
  -- The last row of entries that was there before it.
  after_row INTEGER NOT NULL
) STRICT;
CREATE INDEX restored_entries ON entries (room_id, sequence) WHERE kind = 'restored';
INSERT INTO runs SELECT mark, randomblob(8), (SELECT coalesce(max(rowid), 0) FROM entries) FROM twin;
