-- Submission ids begin with the time: in this order new ones share a page instead of rewriting one each.
DROP INDEX entries_of_submission;
CREATE UNIQUE INDEX entries_by_submission ON entries (submission_id, device_id);
