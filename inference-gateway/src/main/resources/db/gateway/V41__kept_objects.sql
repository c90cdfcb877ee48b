-- what clients of OpenAI's API have the gateway keep: responses, conversations, files, batches; the body is JSON, or
-- base64 for the content of files
CREATE TABLE gateway_kept (
    tenant TEXT NOT NULL,
    kind TEXT NOT NULL,
    id TEXT NOT NULL,
    parent TEXT NOT NULL,
    position BIGINT NOT NULL,
    size BIGINT NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (tenant, kind, id)
);
CREATE INDEX gateway_kept_by_parent ON gateway_kept (tenant, kind, parent, position);
CREATE INDEX gateway_kept_by_age ON gateway_kept (tenant, kind, position);
CREATE INDEX gateway_kept_by_size ON gateway_kept (tenant, size);
