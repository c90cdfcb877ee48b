-- what the scheduler was told, in order; its state is the last snapshot and the events behind it
CREATE TABLE compute_event (
    sequence  BIGINT NOT NULL PRIMARY KEY,
    at_micros BIGINT NOT NULL,
    body      TEXT   NOT NULL
);

-- one row at most: the state before the events that are kept
CREATE TABLE compute_snapshot (
    sequence BIGINT NOT NULL PRIMARY KEY,
    body     TEXT   NOT NULL
);
