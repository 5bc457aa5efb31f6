-- What devices can send again when a backup is restored. The forms before this one are not carried over (open-database.ts).
CREATE TABLE key_packages (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  device_id TEXT NOT NULL,
  digest BLOB NOT NULL,
  -- Null: given out. The digest stays, so that the same key package sent again is not given out twice.
  bytes BLOB
) STRICT;
CREATE UNIQUE INDEX key_packages_by_digest ON key_packages (device_id, digest);
CREATE INDEX key_packages_left ON key_packages (device_id, id) WHERE bytes IS NOT NULL;

CREATE TABLE key_package_waits (
  waiting_device TEXT NOT NULL,
  user_id TEXT NOT NULL,
  PRIMARY KEY (user_id, waiting_device)
) STRICT, WITHOUT ROWID;
CREATE INDEX key_package_waits_of_device ON key_package_waits (waiting_device);

CREATE TABLE rooms (
  room_id TEXT PRIMARY KEY,
  -- Of the last entry.
  sequence INTEGER NOT NULL,
  time INTEGER NOT NULL,
  hash BLOB NOT NULL,
  -- The MLS group that the room is in.
  group_id BLOB NOT NULL,
  epoch INTEGER NOT NULL,
  -- Epoch since which nobody has come into the room: what was sealed before is not taken any more.
  joined_epoch INTEGER NOT NULL,
  roles_hash BLOB NOT NULL,
  -- Entry of the last refounding.
  refounded INTEGER NOT NULL DEFAULT 0,
  -- Up to there every member has the room's entries, and their content is gone.
  expired_to INTEGER NOT NULL DEFAULT 0,
  -- Null also once two people have begun anew.
  direct_pair TEXT UNIQUE
) STRICT;

-- A message rewrites the row of its room: what is large stands apart.
CREATE TABLE room_roles (
  room_id TEXT PRIMARY KEY,
  -- Of the roles in force.
  payload BLOB NOT NULL
) STRICT;

-- Groups that a room is or was in: none comes back.
CREATE TABLE room_groups (
  room_id TEXT NOT NULL,
  group_id BLOB NOT NULL,
  group_info BLOB,
  PRIMARY KEY (room_id, group_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE members (
  room_id TEXT NOT NULL,
  device_id TEXT NOT NULL,
  client_id TEXT NOT NULL,
  -- First and last entry that the device may read.
  from_sequence INTEGER NOT NULL,
  until_sequence INTEGER,
  cursor INTEGER NOT NULL,
  -- Running hash before its first entry.
  previous BLOB NOT NULL,
  -- Place of its leaf among the others, from left to right; null once it is out of the tree.
  place INTEGER,
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
  -- Proof that goes beside an external commit, encoded.
  rejoin BLOB,
  PRIMARY KEY (room_id, sequence)
) STRICT;
-- Submission ids begin with the time: in this order new ones share a page instead of rewriting one each.
CREATE UNIQUE INDEX entries_by_submission ON entries (submission_id, device_id);
CREATE INDEX entries_with_content ON entries (time) WHERE bytes IS NOT NULL AND kind = 'application';

-- A Welcome is the same for every device that one commit adds: it is kept once, and each inbox names it.
CREATE TABLE welcomes (
  welcome_id INTEGER PRIMARY KEY,
  item BLOB NOT NULL
) STRICT;

CREATE TABLE inbox (
  device_id TEXT NOT NULL,
  sequence INTEGER NOT NULL,
  welcome_id INTEGER NOT NULL REFERENCES welcomes,
  PRIMARY KEY (device_id, sequence)
) STRICT, WITHOUT ROWID;
CREATE INDEX inbox_of_welcome ON inbox (welcome_id);

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

-- Big enough to need room: a probe that overwrites one byte succeeds on a full disk.
CREATE TABLE probe (bytes BLOB NOT NULL) STRICT;

-- See twins.ts.
CREATE TABLE twin (
  one INTEGER PRIMARY KEY CHECK (one = 1),
  lineage BLOB NOT NULL,
  mark INTEGER NOT NULL,
  -- How often rooms were restored, and one to begin with.
  generation INTEGER NOT NULL
) STRICT;
