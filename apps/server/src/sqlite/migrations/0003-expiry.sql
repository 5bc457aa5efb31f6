-- Up to there every member has the room's entries, and their content is gone.
ALTER TABLE rooms ADD COLUMN expired_to INTEGER NOT NULL DEFAULT 0;

-- Big enough to need room: a probe that overwrites one byte succeeds on a full disk.
DROP TABLE probe;
CREATE TABLE probe (bytes BLOB NOT NULL) STRICT;
