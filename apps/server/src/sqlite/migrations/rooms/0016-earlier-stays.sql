-- Times that a device was in a room before it was taken out and added again, and that it has not read to the end. The
-- columns are those of members.
CREATE TABLE earlier_stays (
  room_id TEXT NOT NULL,
  device_id TEXT NOT NULL,
  from_sequence INTEGER NOT NULL,
  until_sequence INTEGER NOT NULL,
  cursor INTEGER NOT NULL,
  previous BLOB NOT NULL,
  PRIMARY KEY (room_id, device_id, from_sequence)
) STRICT, WITHOUT ROWID;
