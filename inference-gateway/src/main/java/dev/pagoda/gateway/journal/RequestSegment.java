package dev.pagoda.gateway.journal;

import java.nio.file.Path;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// A file of the request log as far as it is written: blocks one after the other.
///
/// @param number     of its first row, when it was begun
/// @param generation how often its blocks have been put together into larger ones
/// @param bytes      up to the end of its last whole block
/// @param lastSeq    of its last row; `number - 1` while it is empty
record RequestSegment(
        Path file,
        long number,
        int generation,
        long bytes,
        int blocks,
        long rows,
        long lastSeq,
        long earliestMicros,
        long latestMicros) {
    private static final Pattern NAME = Pattern.compile("(\\d{19})-(\\d{3})\\.requests");

    static RequestSegment empty(Path folder, long number, int generation) {
        String name = String.format(Locale.ROOT, "%019d-%03d.requests", number, generation);
        return new RequestSegment(
                folder.resolve(name), number, generation, 0, 0, 0, number - 1, Long.MAX_VALUE, Long.MIN_VALUE);
    }

    /// The segment of a file with such a name, as if it were empty.
    static Optional<RequestSegment> named(Path file) {
        Matcher name = NAME.matcher(file.getFileName().toString());
        return name.matches()
                ? Optional.of(empty(
                        Objects.requireNonNull(file.toAbsolutePath().getParent()),
                        Long.parseLong(name.group(1)),
                        Integer.parseInt(name.group(2))))
                : Optional.empty();
    }

    RequestSegment with(BlockHead block) {
        return new RequestSegment(
                file,
                number,
                generation,
                bytes + BlockHead.BYTES + block.length(),
                blocks + 1,
                rows + block.rows(),
                block.lastSeq(),
                Math.min(earliestMicros, block.earliestMicros()),
                Math.max(latestMicros, block.latestMicros()));
    }

    boolean mayHold(RequestQuery query) {
        return rows > 0
                && lastSeq > query.afterSeq()
                && number < query.beforeSeq()
                && latestMicros >= query.fromMicros()
                && earliestMicros < query.toMicros();
    }
}
