package dev.pagoda.gateway.kserve;

import dev.pagoda.gateway.protocol.BadParameter;
import dev.pagoda.gateway.protocol.Json;
import dev.pagoda.governance.bus.Refusal;
import dev.pagoda.governance.bus.Refusal.Reason;
import dev.pagoda.governance.http.ErrorForm;
import io.vertx.core.buffer.Buffer;

/// The protocol's error body: `{"error": "..."}`.
enum KserveErrors implements ErrorForm {
    FORM;

    @Override
    public Buffer body(int status, Refusal refusal) {
        return Json.write(json -> {
            json.writeStartObject();
            json.writeStringField("error", refusal.message());
            json.writeEndObject();
        });
    }

    static Refusal refusal(BadParameter bad) {
        return Refusal.of(Reason.INVALID, "bad_parameter", bad.sentence());
    }
}
