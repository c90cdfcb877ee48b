package dev.pagoda.gateway.openai;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.jspecify.annotations.Nullable;

/// Lines of JSON that gather in a file without a name: it goes with the process. One thread at a time.
final class BatchLines implements AutoCloseable {
    private @Nullable FileChannel file;
    private long bytes;

    /// @throws IOException if the disk does not take it
    void add(ObjectNode line) throws IOException {
        FileChannel present = file;
        if (present == null) {
            Path path = Files.createTempFile("batch", ".jsonl");
            present = FileChannel.open(
                    path, StandardOpenOption.READ, StandardOpenOption.WRITE, StandardOpenOption.DELETE_ON_CLOSE);
            file = present;
        }
        ByteBuffer text = ByteBuffer.wrap((line + "\n").getBytes(StandardCharsets.UTF_8));
        while (text.hasRemaining()) {
            bytes += present.write(text, bytes);
        }
    }

    long bytes() {
        return bytes;
    }

    /// All lines.
    byte[] read() throws IOException {
        byte[] all = new byte[Math.toIntExact(bytes)];
        ByteBuffer into = ByteBuffer.wrap(all);
        FileChannel present = file;
        while (present != null && into.hasRemaining()) {
            if (present.read(into, into.position()) < 0) {
                throw new IOException("the file of lines is shorter than what was written");
            }
        }
        return all;
    }

    @Override
    public void close() throws IOException {
        FileChannel present = file;
        if (present != null) {
            present.close();
        }
    }
}
