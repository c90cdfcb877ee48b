CREATE TABLE remark (
    id      BIGINT NOT NULL PRIMARY KEY,
    note_id BIGINT NOT NULL REFERENCES note (id) DEFERRABLE INITIALLY DEFERRED
);
CREATE INDEX remark_by_note ON remark (note_id);
