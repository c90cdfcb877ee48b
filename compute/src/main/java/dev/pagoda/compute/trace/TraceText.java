package dev.pagoda.compute.trace;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CoderResult;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/// The text of a file, read whole before anything is made of it.
///
/// @param file its name, as messages tell it
public record TraceText(String file, String text) {
    /// The largest published trace that is read here, Alibaba's 8,152 pods, has 0.6 MB; Philly's jobs would
    /// have 40.
    public static final int MAX_BYTES = 256 << 20;

    private static final char MARK_OF_ORDER = '\uFEFF';

    /// @throws TraceFault if it is not there, not a file, too large or not UTF-8
    public static TraceText read(Path path) {
        String file = path.toString();
        if (!Files.exists(path)) {
            throw new TraceFault(file, "a file", "nothing of that name");
        }
        if (Files.isDirectory(path)) {
            throw new TraceFault(file, "a file", "a folder");
        }
        byte[] bytes;
        try (InputStream in = Files.newInputStream(path)) {
            bytes = in.readNBytes(MAX_BYTES + 1);
        } catch (IOException unreadable) {
            TraceFault fault = new TraceFault(file, "a file that can be read", "none: " + unreadable.getMessage());
            fault.initCause(unreadable);
            throw fault;
        }
        if (bytes.length > MAX_BYTES) {
            throw new TraceFault(file, "at most " + (MAX_BYTES >> 20) + " MiB", "more");
        }
        return new TraceText(file, decode(file, bytes));
    }

    /// The lines without their ends, which may be of either kind; a last empty one is left out.
    List<String> lines() {
        return text.lines().toList();
    }

    private static String decode(String file, byte[] bytes) {
        CharsetDecoder decoder = StandardCharsets.UTF_8
                .newDecoder()
                .onMalformedInput(CodingErrorAction.REPORT)
                .onUnmappableCharacter(CodingErrorAction.REPORT);
        ByteBuffer in = ByteBuffer.wrap(bytes);
        CharBuffer out = CharBuffer.allocate(bytes.length + 1);
        CoderResult result = decoder.decode(in, out, true);
        out.flip();
        if (result.isError()) {
            String before = out.toString();
            int line = 1 + (int) before.chars().filter(each -> each == '\n').count();
            throw new TraceFault(file, line, before.length() - before.lastIndexOf('\n'), "UTF-8", "other bytes");
        }
        String text = out.toString();
        return !text.isEmpty() && text.charAt(0) == MARK_OF_ORDER ? text.substring(1) : text;
    }
}
