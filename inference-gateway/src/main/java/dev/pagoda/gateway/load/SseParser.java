package dev.pagoda.gateway.load;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.function.Consumer;

/// A server-sent-events reader that takes bytes as the network cuts them and hands out the `data` of each whole event.
///
/// Lines end with LF, CR or CRLF; several `data` lines of one event are joined by LF; comments and other fields are
/// skipped (https://html.spec.whatwg.org/multipage/server-sent-events.html, 9.2.6, read 2026-11). One owner, not
/// thread-safe.
final class SseParser {
    /// Bytes of one event beyond which the stream is refused.
    static final int MAX_EVENT_BYTES = 1 << 20;

    private static final byte[] DATA = {'d', 'a', 't', 'a'};

    private final Consumer<String> events;
    private final ByteArrayOutputStream line = new ByteArrayOutputStream(256);
    private final ByteArrayOutputStream data = new ByteArrayOutputStream(256);
    private boolean hasData;
    private boolean afterCarriageReturn;

    /// @param events receives the data of each event, in order, on the thread that calls [#feed]
    SseParser(Consumer<String> events) {
        this.events = events;
    }

    /// Takes the next bytes of the stream.
    ///
    /// @throws IllegalStateException if one event exceeds [#MAX_EVENT_BYTES]
    void feed(byte[] bytes) {
        int lineStart = 0;
        for (int i = 0; i < bytes.length; i++) {
            byte b = bytes[i];
            if (b != '\n' && b != '\r') {
                afterCarriageReturn = false;
                continue;
            }
            boolean secondHalfOfCrLf = b == '\n' && afterCarriageReturn;
            afterCarriageReturn = b == '\r';
            if (!secondHalfOfCrLf) {
                line.write(bytes, lineStart, i - lineStart);
                endLine();
            }
            lineStart = i + 1;
        }
        line.write(bytes, lineStart, bytes.length - lineStart);
        if (line.size() + data.size() > MAX_EVENT_BYTES) {
            throw new IllegalStateException("an event of the stream exceeds " + MAX_EVENT_BYTES + " bytes");
        }
    }

    private void endLine() {
        byte[] bytes = line.toByteArray();
        line.reset();
        if (bytes.length == 0) {
            dispatch();
            return;
        }
        if (!isData(bytes)) {
            return;
        }
        int from = DATA.length;
        if (from < bytes.length) {
            from++;
            if (from < bytes.length && bytes[from] == ' ') {
                from++;
            }
        }
        if (hasData) {
            data.write('\n');
        }
        hasData = true;
        data.write(bytes, from, bytes.length - from);
    }

    private void dispatch() {
        if (hasData) {
            String event = data.toString(StandardCharsets.UTF_8);
            data.reset();
            hasData = false;
            events.accept(event);
        }
    }

    private static boolean isData(byte[] bytes) {
        if (bytes.length < DATA.length || (bytes.length > DATA.length && bytes[DATA.length] != ':')) {
            return false;
        }
        for (int i = 0; i < DATA.length; i++) {
            if (bytes[i] != DATA[i]) {
                return false;
            }
        }
        return true;
    }
}
