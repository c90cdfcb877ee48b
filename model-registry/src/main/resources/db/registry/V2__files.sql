CREATE TABLE registry_file (
    id             TEXT   NOT NULL PRIMARY KEY,
    tenant         TEXT   NOT NULL,
    filename       TEXT   NOT NULL,
    purpose        TEXT   NOT NULL,
    bytes          BIGINT NOT NULL,
    created_micros BIGINT NOT NULL
);
CREATE INDEX registry_file_by_tenant ON registry_file (tenant, created_micros, id);
