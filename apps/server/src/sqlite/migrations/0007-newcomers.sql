-- Epoch since which nobody has come into the room: what was sealed before is not taken any more.
ALTER TABLE rooms ADD COLUMN joined_epoch INTEGER NOT NULL DEFAULT 0;
