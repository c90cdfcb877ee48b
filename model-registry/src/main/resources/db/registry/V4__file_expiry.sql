-- when a file is gone, in microseconds since the epoch; 0: when it is removed
ALTER TABLE registry_file ADD COLUMN expires_micros BIGINT NOT NULL DEFAULT 0;
CREATE INDEX registry_file_by_expiry ON registry_file (expires_micros);
-- how long the file that an upload becomes is kept; 0: until it is removed
ALTER TABLE registry_upload ADD COLUMN life_seconds BIGINT NOT NULL DEFAULT 0;
