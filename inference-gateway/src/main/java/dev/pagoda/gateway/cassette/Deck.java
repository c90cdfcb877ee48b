package dev.pagoda.gateway.cassette;

import com.fasterxml.jackson.databind.JsonNode;
import dev.pagoda.gateway.cassette.Interaction.Answer;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/// One cassette that is played and recorded. Safe from any thread.
final class Deck {
    private final Vertx vertx;
    private final Path file;
    private final Tape tape;
    private Future<Void> written = Future.succeededFuture();
    private boolean isWriting;

    private Deck(Vertx vertx, Path file, Tape tape) {
        this.vertx = vertx;
        this.file = file;
        this.tape = tape;
    }

    /// Blocks.
    static Deck open(Vertx vertx, CassetteConfig config) throws IOException {
        Path file = Path.of(config.file());
        return new Deck(vertx, file, TapeFile.read(file));
    }

    /// One that holds nothing.
    static Deck empty(Vertx vertx, CassetteConfig config) {
        return new Deck(vertx, Path.of(config.file()), new Tape());
    }

    synchronized Optional<Answer> find(String method, String path, JsonNode body) {
        return tape.find(method, path, body);
    }

    synchronized String missing(String method, String path, JsonNode body) {
        return tape.missing(method, path, body);
    }

    /// Keeps an answer, soon on disk too; what comes meanwhile is written with the next.
    synchronized void record(Interaction interaction) {
        if (tape.add(interaction) && !isWriting) {
            isWriting = true;
            written = written.otherwiseEmpty()
                    .compose(_ -> vertx.executeBlocking(() -> {
                        TapeFile.write(file, snapshot());
                        return true;
                    }))
                    .mapEmpty();
        }
    }

    private synchronized List<Interaction> snapshot() {
        isWriting = false;
        return tape.all();
    }

    /// Completes when everything is on disk that was recorded; fails when that could not be done.
    synchronized Future<Void> written() {
        return written;
    }
}
