package dev.pagoda.gateway.cassette;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;

/// A request and its answer as a cassette keeps them; no header of the request is kept.
///
/// @param body what was asked, canonical
record Interaction(String method, String path, JsonNode body, Answer answer) {

    /// @param contentType of the answer, empty if none was sent
    /// @param retryAfter  seconds, 0 if they were not told
    /// @param pieces      in the order in which they came; one for an answer in one piece
    record Answer(int status, String contentType, int retryAfter, List<Piece> pieces) {
        Answer {
            pieces = List.copyOf(pieces);
            if (status < 100 || status > 599) {
                throw new IllegalArgumentException("status " + status + " is not within 100 to 599");
            }
        }

        long characters() {
            return pieces.stream().mapToLong(piece -> piece.text().length()).sum();
        }
    }

    /// @param millis after the request
    record Piece(long millis, String text) {
        Piece {
            if (millis < 0) {
                throw new IllegalArgumentException("millis " + millis + " are below 0");
            }
        }
    }
}
