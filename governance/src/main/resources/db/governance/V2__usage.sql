CREATE TABLE usage_record (
    tenant            TEXT   NOT NULL,
    request_id        TEXT   NOT NULL,
    team              TEXT   NOT NULL,
    project           TEXT   NOT NULL,
    api_key           TEXT   NOT NULL,
    operation         TEXT   NOT NULL,
    model             TEXT   NOT NULL,
    prompt_tokens     BIGINT NOT NULL CHECK (prompt_tokens >= 0),
    completion_tokens BIGINT NOT NULL CHECK (completion_tokens >= 0),
    cost_nanos        BIGINT NOT NULL CHECK (cost_nanos >= 0),
    outcome           TEXT   NOT NULL,
    started_micros    BIGINT NOT NULL,
    duration_micros   BIGINT NOT NULL,
    PRIMARY KEY (tenant, request_id)
);
CREATE INDEX usage_record_by_time ON usage_record (tenant, started_micros, request_id);

-- one row per tenant and UTC day, written with each record; the bound keeps sums of days within a BIGINT
CREATE TABLE usage_day (
    tenant            TEXT   NOT NULL,
    day               BIGINT NOT NULL,
    requests          BIGINT NOT NULL,
    prompt_tokens     BIGINT NOT NULL,
    completion_tokens BIGINT NOT NULL,
    cost_nanos        BIGINT NOT NULL CHECK (cost_nanos BETWEEN 0 AND 1000000000000000000),
    PRIMARY KEY (tenant, day)
);
