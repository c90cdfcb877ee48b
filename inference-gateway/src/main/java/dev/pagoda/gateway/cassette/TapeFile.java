package dev.pagoda.gateway.cassette;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.pagoda.gateway.cassette.Interaction.Answer;
import dev.pagoda.gateway.cassette.Interaction.Piece;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;

/// A cassette on disk: JSON lines, one interaction each, so that a diff shows what has changed. Written anew as a whole
/// and moved into place; a reader never sees half of one. All of it blocks.
final class TapeFile {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final long MAX_BYTES = 256L << 20;

    private TapeFile() {}

    /// @return empty when there is no such file
    /// @throws IllegalArgumentException with the line that is no interaction
    static Tape read(Path file) throws IOException {
        var tape = new Tape();
        if (!Files.exists(file)) {
            return tape;
        }
        if (Files.size(file) > MAX_BYTES) {
            throw new IllegalArgumentException(file + " is longer than " + MAX_BYTES + " bytes");
        }
        List<String> lines = Files.readAllLines(file);
        for (int i = 0; i < lines.size(); i++) {
            if (!lines.get(i).isBlank()) {
                tape.add(parse(file, i + 1, lines.get(i)));
            }
        }
        return tape;
    }

    static void write(Path file, List<Interaction> interactions) throws IOException {
        var text = new StringBuilder();
        interactions.forEach(each -> text.append(line(each)).append('\n'));
        Path whole = file.toAbsolutePath();
        Files.createDirectories(whole.getParent());
        Path fresh = whole.resolveSibling(whole.getFileName() + ".new");
        try (FileChannel channel = FileChannel.open(
                fresh, StandardOpenOption.CREATE, StandardOpenOption.WRITE, StandardOpenOption.TRUNCATE_EXISTING)) {
            ByteBuffer bytes = StandardCharsets.UTF_8.encode(text.toString());
            while (bytes.hasRemaining()) {
                channel.write(bytes);
            }
            channel.force(true);
        }
        Files.move(fresh, whole, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }

    private static String line(Interaction each) {
        ObjectNode root = JSON.createObjectNode();
        root.putObject("request")
                .put("method", each.method())
                .put("path", each.path())
                .set("body", each.body());
        ObjectNode response = root.putObject("response")
                .put("status", each.answer().status())
                .put("content_type", each.answer().contentType());
        ArrayNode pieces = response.putArray("pieces");
        each.answer()
                .pieces()
                .forEach(piece -> pieces.addObject().put("ms", piece.millis()).put("text", piece.text()));
        return root.toString();
    }

    private static Interaction parse(Path file, int number, String line) {
        try {
            JsonNode root = JSON.readTree(line);
            JsonNode request = root.path("request");
            JsonNode response = root.path("response");
            if (!request.path("method").isTextual()
                    || !request.path("path").isTextual()
                    || !response.path("status").isInt()
                    || !response.path("pieces").isArray()) {
                throw new IllegalArgumentException(
                        "it needs request.method, request.path, request.body, response.status and response.pieces");
            }
            List<Piece> pieces = new ArrayList<>();
            response.path("pieces")
                    .forEach(piece -> pieces.add(new Piece(
                            piece.path("ms").asLong(), piece.path("text").asText())));
            return new Interaction(
                    request.path("method").asText(),
                    request.path("path").asText(),
                    CanonicalJson.of(request.path("body")),
                    new Answer(
                            response.path("status").asInt(),
                            response.path("content_type").asText(),
                            0,
                            pieces));
        } catch (JsonProcessingException | IllegalArgumentException wrong) {
            throw new IllegalArgumentException(
                    "line " + number + " of " + file + " is no recorded interaction: " + wrong.getMessage(), wrong);
        }
    }
}
