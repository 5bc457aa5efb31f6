-- Lower generations of a user: their devices have ended, but they stand in rooms and logs.
CREATE TABLE former_attestations (
  user_id TEXT NOT NULL REFERENCES users,
  generation INTEGER NOT NULL,
  attestation BLOB NOT NULL,
  PRIMARY KEY (user_id, generation)
) STRICT, WITHOUT ROWID;

ALTER TABLE users ADD COLUMN valid_from INTEGER NOT NULL DEFAULT 0;
ALTER TABLE devices ADD COLUMN generation INTEGER NOT NULL DEFAULT 1;
-- Tokens issued up to then are worth nothing.
ALTER TABLE devices ADD COLUMN signed_out_at INTEGER NOT NULL DEFAULT 0;

-- Null bytes: given out. The digest stays, so that the same key package sent again is not given out twice.
CREATE TABLE key_packages_once (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  device_id TEXT NOT NULL REFERENCES devices,
  digest BLOB NOT NULL,
  bytes BLOB
) STRICT;
INSERT INTO key_packages_once (device_id, digest, bytes) SELECT device_id, randomblob(32), bytes FROM key_packages ORDER BY id;
DROP TABLE key_packages;
ALTER TABLE key_packages_once RENAME TO key_packages;
CREATE UNIQUE INDEX key_packages_by_digest ON key_packages (device_id, digest);
CREATE INDEX key_packages_left ON key_packages (device_id, id) WHERE bytes IS NOT NULL;
