CREATE TABLE tenant (
    name           TEXT   NOT NULL PRIMARY KEY,
    created_micros BIGINT NOT NULL
);

CREATE TABLE team (
    tenant         TEXT   NOT NULL REFERENCES tenant (name),
    name           TEXT   NOT NULL,
    created_micros BIGINT NOT NULL,
    PRIMARY KEY (tenant, name)
);

CREATE TABLE project (
    tenant         TEXT   NOT NULL,
    team           TEXT   NOT NULL,
    name           TEXT   NOT NULL,
    created_micros BIGINT NOT NULL,
    PRIMARY KEY (tenant, team, name),
    FOREIGN KEY (tenant, team) REFERENCES team (tenant, name)
);

-- the secret itself is nowhere: only its SHA-256, in hexadecimal
CREATE TABLE api_key (
    id             TEXT   NOT NULL PRIMARY KEY,
    sha256         TEXT   NOT NULL,
    tenant         TEXT   NOT NULL,
    team           TEXT   NOT NULL,
    project        TEXT   NOT NULL,
    role           TEXT   NOT NULL,
    label          TEXT   NOT NULL,
    created_micros BIGINT NOT NULL,
    revoked_micros BIGINT,
    FOREIGN KEY (tenant, team, project) REFERENCES project (tenant, team, name)
);
CREATE INDEX api_key_by_tenant ON api_key (tenant, created_micros);
