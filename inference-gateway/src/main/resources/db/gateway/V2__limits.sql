-- what the requests of a scope may take together; empty parts stand for any, NULL for no bound
CREATE TABLE gateway_limit (
    tenant              TEXT   NOT NULL,
    team                TEXT   NOT NULL,
    project             TEXT   NOT NULL,
    api_key             TEXT   NOT NULL,
    model               TEXT   NOT NULL,
    requests_per_minute BIGINT CHECK (requests_per_minute >= 0),
    tokens_per_minute   BIGINT CHECK (tokens_per_minute >= 0),
    concurrent          BIGINT CHECK (concurrent >= 0),
    weight              BIGINT CHECK (weight >= 1),
    PRIMARY KEY (tenant, team, project, api_key, model)
);
