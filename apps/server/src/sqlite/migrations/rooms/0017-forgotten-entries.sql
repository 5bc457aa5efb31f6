-- Of an old application entry only place and digest stay: device_id is empty then, as in an entry of the server's own, and no
-- submission is found under it.
DROP INDEX entries_by_submission;
CREATE UNIQUE INDEX entries_by_submission ON entries (submission_id, device_id) WHERE device_id <> '';
CREATE INDEX entries_without_content ON entries (time) WHERE kind = 'application' AND bytes IS NULL AND device_id <> '';
