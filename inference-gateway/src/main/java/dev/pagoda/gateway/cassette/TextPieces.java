package dev.pagoda.gateway.cassette;

import dev.pagoda.gateway.cassette.Interaction.Piece;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// The parts of an answer as text, though a part may end inside a character.
final class TextPieces {
    private final CharsetDecoder decoder =
            StandardCharsets.UTF_8.newDecoder().onMalformedInput(CodingErrorAction.REPORT);
    private final List<Piece> pieces = new ArrayList<>();
    private byte[] rest = {};
    private boolean isText = true;

    /// @param millis after the request
    void add(long millis, byte[] part) {
        if (!isText) {
            return;
        }
        ByteBuffer bytes = ByteBuffer.allocate(rest.length + part.length)
                .put(rest)
                .put(part)
                .flip();
        CharBuffer text = CharBuffer.allocate(bytes.remaining() + 1);
        isText = !decoder.decode(bytes, text, false).isError();
        rest = new byte[bytes.remaining()];
        bytes.get(rest);
        if (text.flip().hasRemaining()) {
            pieces.add(new Piece(millis, text.toString()));
        }
    }

    /// Empty when it was no text.
    Optional<List<Piece>> all() {
        return isText && rest.length == 0 ? Optional.of(List.copyOf(pieces)) : Optional.empty();
    }
}
