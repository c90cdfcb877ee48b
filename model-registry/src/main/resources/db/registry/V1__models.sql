CREATE TABLE registry_model (
    name            TEXT   NOT NULL PRIMARY KEY,
    hugging_face_id TEXT   NOT NULL,
    publisher       TEXT   NOT NULL,
    tenant          TEXT   NOT NULL,
    task            TEXT   NOT NULL,
    access          TEXT   NOT NULL,
    created_micros  BIGINT NOT NULL
);

CREATE TABLE registry_version (
    model          TEXT    NOT NULL REFERENCES registry_model (name),
    version        INTEGER NOT NULL,
    architecture   TEXT    NOT NULL,
    source         TEXT    NOT NULL,
    tags           TEXT    NOT NULL,
    serving        TEXT,
    created_micros BIGINT  NOT NULL,
    PRIMARY KEY (model, version)
);

CREATE TABLE registry_alias (
    model   TEXT    NOT NULL REFERENCES registry_model (name),
    alias   TEXT    NOT NULL,
    version INTEGER NOT NULL,
    PRIMARY KEY (model, alias)
);

-- which of the models that Pagoda brings along were laid down once; a row outlives the model
CREATE TABLE registry_seed (
    name          TEXT   NOT NULL PRIMARY KEY,
    seeded_micros BIGINT NOT NULL
);
