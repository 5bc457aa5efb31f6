-- While a generation begins: the mark that authority has until it has come there, too.
ALTER TABLE twin ADD COLUMN begun_at INTEGER;
