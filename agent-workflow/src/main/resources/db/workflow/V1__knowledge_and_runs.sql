CREATE TABLE workflow_knowledge_base (
    id              TEXT PRIMARY KEY,
    tenant          TEXT NOT NULL,
    name            TEXT NOT NULL,
    created_micros  BIGINT NOT NULL,
    ingested_micros BIGINT NOT NULL,
    UNIQUE (tenant, name)
);

CREATE TABLE workflow_document (
    knowledge_base TEXT NOT NULL REFERENCES workflow_knowledge_base (id) ON DELETE CASCADE,
    id             TEXT NOT NULL,
    origin         TEXT NOT NULL,
    title          TEXT NOT NULL,
    language       TEXT NOT NULL,
    content_hash   TEXT NOT NULL,
    chunks         BIGINT NOT NULL,
    updated_micros BIGINT NOT NULL,
    PRIMARY KEY (knowledge_base, id)
);

CREATE TABLE workflow_run (
    id             TEXT PRIMARY KEY,
    tenant         TEXT NOT NULL,
    workflow       TEXT NOT NULL,
    knowledge_base TEXT NOT NULL,
    query          TEXT NOT NULL,
    status         TEXT NOT NULL,
    error          TEXT NOT NULL,
    steps          BIGINT NOT NULL,
    started_micros BIGINT NOT NULL,
    elapsed_micros BIGINT NOT NULL,
    tokens         BIGINT NOT NULL,
    cost_nanos     BIGINT NOT NULL
);

CREATE INDEX workflow_run_by_tenant ON workflow_run (tenant, started_micros);

CREATE TABLE workflow_ticket (
    id             TEXT PRIMARY KEY,
    tenant         TEXT NOT NULL,
    run            TEXT NOT NULL,
    knowledge_base TEXT NOT NULL,
    question       TEXT NOT NULL,
    language       TEXT NOT NULL,
    intent         TEXT NOT NULL,
    status         TEXT NOT NULL,
    created_micros BIGINT NOT NULL,
    updated_micros BIGINT NOT NULL
);

CREATE INDEX workflow_ticket_by_tenant ON workflow_ticket (tenant, created_micros);
