-- sums by hour of what is no request: searches, points, byte-seconds
CREATE TABLE meter_hour (
    tenant         TEXT   NOT NULL,
    team           TEXT   NOT NULL,
    project        TEXT   NOT NULL,
    api_key        TEXT   NOT NULL,
    meter          TEXT   NOT NULL,
    started_micros BIGINT NOT NULL,
    amount         BIGINT NOT NULL CHECK (amount >= 0),
    PRIMARY KEY (tenant, started_micros, meter, team, project, api_key)
);

-- the readings of the last days, so that one which is sent again counts once
CREATE TABLE meter_reading (
    tenant          TEXT   NOT NULL,
    reading_id      TEXT   NOT NULL,
    recorded_micros BIGINT NOT NULL,
    PRIMARY KEY (tenant, reading_id)
);
CREATE INDEX meter_reading_by_time ON meter_reading (recorded_micros);
