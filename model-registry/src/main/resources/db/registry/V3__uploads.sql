-- large files on their way: an upload gathers parts, whose contents are blobs of their ids, until it is completed
CREATE TABLE registry_upload (
    id             TEXT   NOT NULL PRIMARY KEY,
    tenant         TEXT   NOT NULL,
    filename       TEXT   NOT NULL,
    purpose        TEXT   NOT NULL,
    bytes          BIGINT NOT NULL,
    created_micros BIGINT NOT NULL,
    status         TEXT   NOT NULL,
    file_id        TEXT   NOT NULL
);
CREATE INDEX registry_upload_by_tenant ON registry_upload (tenant, created_micros);
CREATE INDEX registry_upload_by_status ON registry_upload (status, created_micros);
CREATE TABLE registry_upload_part (
    id             TEXT   NOT NULL PRIMARY KEY,
    upload_id      TEXT   NOT NULL,
    bytes          BIGINT NOT NULL,
    created_micros BIGINT NOT NULL
);
CREATE INDEX registry_upload_part_by_upload ON registry_upload_part (upload_id);
