-- The second step. What pilots stored before it is not carried over (open-database.ts), so these tables are empty here.
DROP TABLE former_attestations;
ALTER TABLE users DROP COLUMN attestation;
ALTER TABLE users DROP COLUMN activation_key;
ALTER TABLE users DROP COLUMN activate_until;
ALTER TABLE users DROP COLUMN valid_from;

-- One letter for each generation; the user's own generation is the newest one that a device has activated.
CREATE TABLE attestations (
  user_id TEXT NOT NULL REFERENCES users,
  generation INTEGER NOT NULL,
  valid_from INTEGER NOT NULL,
  attestation BLOB NOT NULL,
  activation_key BLOB NOT NULL,
  activate_until INTEGER NOT NULL,
  used INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (user_id, generation)
) STRICT, WITHOUT ROWID;

ALTER TABLE devices ADD COLUMN device_class TEXT NOT NULL DEFAULT 'service';
ALTER TABLE devices ADD COLUMN locked INTEGER NOT NULL DEFAULT 0;
ALTER TABLE devices ADD COLUMN destroyed INTEGER NOT NULL DEFAULT 0;
ALTER TABLE devices ADD COLUMN accepted_agreement INTEGER NOT NULL DEFAULT 0;

CREATE TABLE pin_records (
  device_id TEXT PRIMARY KEY REFERENCES devices,
  -- Under a key that stands apart from this file.
  sealed BLOB NOT NULL
) STRICT;

CREATE TABLE pin_attempts (
  device_id TEXT NOT NULL REFERENCES devices,
  attempt_id TEXT NOT NULL,
  number INTEGER NOT NULL,
  request_hash BLOB NOT NULL,
  sealed BLOB NOT NULL,
  started_at INTEGER NOT NULL,
  finished_at INTEGER,
  counted INTEGER NOT NULL DEFAULT 1,
  PRIMARY KEY (device_id, attempt_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE passkeys (
  device_id TEXT PRIMARY KEY REFERENCES devices,
  credential_id TEXT NOT NULL,
  public_key BLOB NOT NULL,
  counter INTEGER NOT NULL,
  sealed_share BLOB NOT NULL
) STRICT;

CREATE TABLE passkey_challenges (
  device_id TEXT NOT NULL REFERENCES devices,
  purpose TEXT NOT NULL,
  challenge TEXT NOT NULL,
  made_at INTEGER NOT NULL,
  PRIMARY KEY (device_id, purpose)
) STRICT, WITHOUT ROWID;

CREATE TABLE agreements (
  version INTEGER PRIMARY KEY,
  valid_from INTEGER NOT NULL,
  signed BLOB NOT NULL
) STRICT;

CREATE TABLE acceptances (
  device_id TEXT NOT NULL REFERENCES devices,
  version INTEGER NOT NULL,
  signed BLOB NOT NULL,
  PRIMARY KEY (device_id, version)
) STRICT, WITHOUT ROWID;

CREATE TABLE policies (
  version INTEGER PRIMARY KEY,
  private_allowed INTEGER NOT NULL,
  signed BLOB NOT NULL
) STRICT;

CREATE TABLE orders (
  device_id TEXT NOT NULL REFERENCES devices,
  sequence INTEGER NOT NULL,
  kind TEXT NOT NULL,
  signed BLOB NOT NULL,
  receipt BLOB,
  PRIMARY KEY (device_id, sequence)
) STRICT, WITHOUT ROWID;
