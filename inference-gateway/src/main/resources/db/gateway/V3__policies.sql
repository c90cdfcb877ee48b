-- what administrators settled for a tenant; the body is the JSON of /platform/KIND
CREATE TABLE gateway_policy (
    tenant TEXT NOT NULL,
    kind   TEXT NOT NULL,
    body   TEXT NOT NULL,
    PRIMARY KEY (tenant, kind)
);
