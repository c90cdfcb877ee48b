package dev.pagoda.gateway.upstream;

import io.vertx.core.buffer.Buffer;

/// The body of an answer while it comes. Most come in one part, which is the body then; others are put together.
final class AnswerBytes {
    private final int expected;
    private Buffer body = Buffer.buffer();
    private int parts;

    /// @param expected what the head says of its length, 0 if nothing
    AnswerBytes(int expected) {
        this.expected = expected;
    }

    /// @param part not to be changed any more
    void add(Buffer part) {
        if (parts == 0) {
            body = part;
        } else {
            if (parts == 1) {
                body = Buffer.buffer(Math.max(expected, body.length() + part.length()))
                        .appendBuffer(body);
            }
            body.appendBuffer(part);
        }
        parts++;
    }

    int length() {
        return body.length();
    }

    Buffer whole() {
        return body;
    }
}
