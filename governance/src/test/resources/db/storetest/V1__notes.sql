CREATE TABLE note (
    id        BIGINT NOT NULL PRIMARY KEY,
    body      TEXT   NOT NULL,
    nanos     BIGINT NOT NULL,
    at_micros BIGINT NOT NULL
);
