-- OpenAI's vector stores: each is a knowledge base of the same name
CREATE TABLE workflow_vector_store (
    id             TEXT   NOT NULL PRIMARY KEY,
    tenant         TEXT   NOT NULL,
    name           TEXT   NOT NULL,
    description    TEXT   NOT NULL,
    metadata       TEXT   NOT NULL,
    expires_days   BIGINT NOT NULL,
    created_micros BIGINT NOT NULL,
    active_micros  BIGINT NOT NULL
);
CREATE INDEX workflow_vector_store_by_tenant ON workflow_vector_store (tenant, created_micros);

CREATE TABLE workflow_vector_store_file (
    store          TEXT   NOT NULL REFERENCES workflow_vector_store (id) ON DELETE CASCADE,
    id             TEXT   NOT NULL,
    filename       TEXT   NOT NULL,
    bytes          BIGINT NOT NULL,
    status         TEXT   NOT NULL,
    error          TEXT   NOT NULL,
    attributes     TEXT   NOT NULL,
    chunk_tokens   BIGINT NOT NULL,
    overlap_tokens BIGINT NOT NULL,
    batch          TEXT   NOT NULL,
    created_micros BIGINT NOT NULL,
    PRIMARY KEY (store, id)
);

CREATE TABLE workflow_file_batch (
    id             TEXT   NOT NULL PRIMARY KEY,
    store          TEXT   NOT NULL REFERENCES workflow_vector_store (id) ON DELETE CASCADE,
    created_micros BIGINT NOT NULL
);
