package dev.pagoda.vectors.qdrant;

import dev.pagoda.vectors.collection.Refusals;
import io.vertx.core.Future;
import io.vertx.core.Handler;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.file.AsyncFile;
import io.vertx.core.streams.WriteStream;
import org.jspecify.annotations.Nullable;

/// A file that a stream is written to, up to some length.
final class BoundedFile implements WriteStream<Buffer> {
    private final Vertx vertx;
    private final AsyncFile file;
    private final String tooLong;
    private long left;

    /// @param tooLong what is said of more than `mostBytes`
    BoundedFile(Vertx vertx, AsyncFile file, long mostBytes, String tooLong) {
        this.vertx = vertx;
        this.file = file;
        this.left = mostBytes;
        this.tooLong = tooLong;
    }

    @Override
    public Future<Void> write(Buffer bytes) {
        left -= bytes.length();
        if (left >= 0) {
            return file.write(bytes);
        }
        Promise<Void> refused = Promise.promise();
        // later, so that the pipe still has the file open when it asks whether there is room
        vertx.runOnContext(then -> refused.fail(Refusals.storageFailed(tooLong)));
        return refused.future();
    }

    @Override
    public Future<Void> end() {
        return file.end();
    }

    @Override
    public WriteStream<Buffer> exceptionHandler(@Nullable Handler<Throwable> handler) {
        file.exceptionHandler(handler);
        return this;
    }

    @Override
    public WriteStream<Buffer> setWriteQueueMaxSize(int bytes) {
        file.setWriteQueueMaxSize(bytes);
        return this;
    }

    @Override
    public boolean writeQueueFull() {
        return left < 0 || file.writeQueueFull();
    }

    @Override
    public WriteStream<Buffer> drainHandler(@Nullable Handler<Void> handler) {
        file.drainHandler(handler);
        return this;
    }
}
