-- one row a request, in the order in which they ended; texts are '' and numbers -1 where there is nothing to say
CREATE TABLE gateway_request (
    seq                BIGINT NOT NULL PRIMARY KEY,
    request_id         TEXT   NOT NULL,
    tenant             TEXT   NOT NULL,
    team               TEXT   NOT NULL,
    project            TEXT   NOT NULL,
    api_key            TEXT   NOT NULL,
    operation          TEXT   NOT NULL,
    model              TEXT   NOT NULL,
    version            TEXT   NOT NULL,
    replica            TEXT   NOT NULL,
    route              TEXT   NOT NULL,
    cache              TEXT   NOT NULL,
    guard              TEXT   NOT NULL,
    started_micros     BIGINT NOT NULL,
    queue_micros       BIGINT NOT NULL,
    first_token_micros BIGINT NOT NULL,
    duration_micros    BIGINT NOT NULL,
    overhead_micros    BIGINT NOT NULL,
    prompt_tokens      BIGINT NOT NULL,
    completion_tokens  BIGINT NOT NULL,
    cached_tokens      BIGINT NOT NULL,
    cost_nanos         BIGINT NOT NULL,
    outcome            TEXT   NOT NULL,
    error              TEXT   NOT NULL,
    finish             TEXT   NOT NULL,
    trace_id           TEXT   NOT NULL
);
CREATE INDEX gateway_request_by_tenant ON gateway_request (tenant, seq);
CREATE INDEX gateway_request_by_id ON gateway_request (request_id);
CREATE INDEX gateway_request_by_trace ON gateway_request (trace_id);
CREATE INDEX gateway_request_by_time ON gateway_request (started_micros);

-- messages and answers, only of tenants whose policy asks for it
CREATE TABLE gateway_request_text (
    seq          BIGINT NOT NULL PRIMARY KEY,
    tenant       TEXT   NOT NULL,
    prompt       TEXT   NOT NULL,
    answer       TEXT   NOT NULL,
    until_micros BIGINT NOT NULL
);
CREATE INDEX gateway_request_text_by_end ON gateway_request_text (until_micros);
