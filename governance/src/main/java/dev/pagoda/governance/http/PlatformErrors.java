package dev.pagoda.governance.http;

import dev.pagoda.governance.bus.Refusal;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonObject;

/// The error body of `/platform/*`: problem details (RFC 9457) with the module's code as the title.
public enum PlatformErrors implements ErrorForm {
    FORM;

    @Override
    public Buffer body(int status, Refusal refusal) {
        return new JsonObject()
                .put("title", refusal.code())
                .put("status", status)
                .put("detail", refusal.message())
                .toBuffer();
    }
}
