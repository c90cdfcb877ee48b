-- the request log is in files; only texts are still here, by the number of their row
DELETE FROM gateway_request_text;
DROP TABLE gateway_request;
