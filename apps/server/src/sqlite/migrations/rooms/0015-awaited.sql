-- Who leads a room and was left out when somebody else founded it anew: client ids, with commas between them; and until
-- when they count as there, milliseconds.
ALTER TABLE rooms ADD COLUMN awaited TEXT NOT NULL DEFAULT '';
ALTER TABLE rooms ADD COLUMN awaited_until INTEGER NOT NULL DEFAULT 0;
