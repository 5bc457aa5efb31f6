-- A group has one room.
CREATE INDEX groups_of_all_rooms ON room_groups (group_id);
