package dev.pagoda.gateway.protocol;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;

/// Whether bytes may be JSON as it is exchanged between systems: in well-formed UTF-8 (RFC 8259 section 8.1).
///
/// Parsers guess UTF-16 and UTF-32 and let overlong forms pass, so that a check and a server behind it could read two
/// texts in the same bytes.
public final class JsonBytes {
    private JsonBytes() {}

    public static boolean areUtf8(byte[] body) {
        if (body.length >= 2 && (body[0] == 0 || body[1] == 0)) {
            return false;
        }
        byte all = 0;
        for (byte one : body) {
            all |= one;
        }
        return all >= 0 || isWellFormed(body);
    }

    private static boolean isWellFormed(byte[] body) {
        try {
            StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(body));
            return true;
        } catch (CharacterCodingException malformed) {
            return false;
        }
    }
}
