-- models that tenants made of served ones by Ollama's API; the body is JSON of system, template, parameters, messages
CREATE TABLE gateway_tenant_model (
    tenant TEXT NOT NULL,
    name TEXT NOT NULL,
    source TEXT NOT NULL,
    body TEXT NOT NULL,
    created_micros BIGINT NOT NULL,
    PRIMARY KEY (tenant, name)
);
