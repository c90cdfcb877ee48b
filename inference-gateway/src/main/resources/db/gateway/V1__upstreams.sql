-- servers that speak OpenAI's API and answer for models; the body is the JSON of /platform/upstreams
CREATE TABLE gateway_upstream (
    name TEXT NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (name)
);
