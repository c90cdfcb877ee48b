-- rows in the order of their time: two trees instead of three are written for each, and reports read neighbours
CREATE TABLE usage_in_order (
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
    PRIMARY KEY (tenant, started_micros, request_id)
) ${in_key_order};
INSERT INTO usage_in_order (tenant, request_id, team, project, api_key, operation, model, prompt_tokens,
    completion_tokens, cost_nanos, outcome, started_micros, duration_micros)
SELECT tenant, request_id, team, project, api_key, operation, model, prompt_tokens,
    completion_tokens, cost_nanos, outcome, started_micros, duration_micros
FROM usage_record ORDER BY tenant, started_micros, request_id;
DROP TABLE usage_record;
ALTER TABLE usage_in_order RENAME TO usage_record;
CREATE UNIQUE INDEX usage_record_by_id ON usage_record (tenant, request_id);
