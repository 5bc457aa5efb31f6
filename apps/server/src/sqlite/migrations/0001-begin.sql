CREATE TABLE manifests (
  version INTEGER PRIMARY KEY,
  signed BLOB NOT NULL
) STRICT;

CREATE TABLE users (
  user_id TEXT PRIMARY KEY,
  sequence INTEGER NOT NULL UNIQUE,
  generation INTEGER NOT NULL,
  attestation BLOB NOT NULL,
  activation_key BLOB NOT NULL,
  activate_until INTEGER NOT NULL
) STRICT;

CREATE TABLE devices (
  device_id TEXT PRIMARY KEY,
  user_id TEXT NOT NULL REFERENCES users,
  client_id TEXT NOT NULL,
  device_key BLOB NOT NULL,
  genesis BLOB NOT NULL,
  ended INTEGER NOT NULL DEFAULT 0,
  inbox_sequence INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX devices_of_user ON devices (user_id);

CREATE TABLE key_packages (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  device_id TEXT NOT NULL REFERENCES devices,
  bytes BLOB NOT NULL
) STRICT;
CREATE INDEX key_packages_of_device ON key_packages (device_id, id);

CREATE TABLE key_package_waits (
  waiting_device TEXT NOT NULL,
  user_id TEXT NOT NULL,
  PRIMARY KEY (user_id, waiting_device)
) STRICT, WITHOUT ROWID;
CREATE INDEX key_package_waits_of_device ON key_package_waits (waiting_device);

CREATE TABLE rooms (
  room_id TEXT PRIMARY KEY,
  kind TEXT NOT NULL,
  sequence INTEGER NOT NULL,
  epoch INTEGER NOT NULL,
  hash BLOB NOT NULL,
  direct_pair TEXT UNIQUE,
  group_info BLOB
) STRICT;

CREATE TABLE members (
  room_id TEXT NOT NULL,
  device_id TEXT NOT NULL,
  client_id TEXT NOT NULL,
  from_sequence INTEGER NOT NULL,
  until_sequence INTEGER,
  cursor INTEGER NOT NULL,
  PRIMARY KEY (room_id, device_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX rooms_of_device ON members (device_id);

CREATE TABLE entries (
  room_id TEXT NOT NULL,
  sequence INTEGER NOT NULL,
  kind TEXT NOT NULL,
  epoch INTEGER NOT NULL,
  sender TEXT NOT NULL,
  device_id TEXT NOT NULL,
  submission_id TEXT NOT NULL,
  submission_hash BLOB NOT NULL,
  time INTEGER NOT NULL,
  digest BLOB NOT NULL,
  devices TEXT,
  -- Null once an application entry has expired; its place and digest stay.
  bytes BLOB,
  PRIMARY KEY (room_id, sequence)
) STRICT;
CREATE UNIQUE INDEX entries_of_submission ON entries (device_id, submission_id);
CREATE INDEX entries_with_content ON entries (time) WHERE bytes IS NOT NULL AND kind = 'application';

CREATE TABLE inbox (
  device_id TEXT NOT NULL,
  sequence INTEGER NOT NULL,
  item BLOB NOT NULL,
  PRIMARY KEY (device_id, sequence)
) STRICT;

CREATE TABLE attachments (
  attachment_id TEXT PRIMARY KEY,
  room_id TEXT NOT NULL,
  device_id TEXT NOT NULL,
  size INTEGER NOT NULL,
  complete INTEGER NOT NULL DEFAULT 0,
  created_at INTEGER NOT NULL
) STRICT;
CREATE INDEX attachments_of_device ON attachments (device_id);
CREATE INDEX attachments_by_age ON attachments (created_at);

CREATE TABLE probe (id INTEGER PRIMARY KEY, written_at INTEGER NOT NULL) STRICT;
