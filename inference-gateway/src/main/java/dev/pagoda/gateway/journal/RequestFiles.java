package dev.pagoda.gateway.journal;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/*
 * Files. Blocks are appended to the last segment until it has enough rows; then another is begun. A segment that is made
 * of many small blocks, as when requests come seldom, is written again with large ones, under the next generation's name;
 * the older generation is deleted after that, so that one of the two is always whole. Old rows go by whole segments.
 *
 * Death. A block is written in one piece and forced to the disk. One that is torn, as its checksum shows, ends its file,
 * and is cut off at the next start.
 *
 * Readers. A search takes the list of segments as it is and reads each up to the end that the list names. A file that has
 * gone meanwhile was either forgotten or written again; the search begins anew.
 */

/// The request log in files. One thread at a time appends; [#find] and [#forget] are safe from any.
final class RequestFiles implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(RequestFiles.class);
    private static final String UNFINISHED = ".unfinished";
    private static final int MAX_SMALL_BLOCKS = 1_024;
    private static final int SMALL_ROWS = BlockWriter.MAX_ROWS / 8;
    private static final long MAX_BYTES = 64L << 20;
    private static final int MAX_RESTARTS = 10;

    private final Path folder;
    private final long rowsPerSegment;

    /// Guarded by `this`; ascending.
    private final List<RequestSegment> segments = new ArrayList<>();

    /// The writer's own.
    private @Nullable FileChannel channel;

    RequestFiles(Path folder, long rowsPerSegment) {
        this.folder = folder;
        this.rowsPerSegment = rowsPerSegment;
    }

    /// Finds what is there. Blocks.
    ///
    /// @return the number of the last row, 0 if there is none
    long open() throws IOException {
        Files.createDirectories(folder);
        List<RequestSegment> named = new ArrayList<>();
        try (Stream<Path> files = Files.list(folder)) {
            for (Path file : files.toList()) {
                RequestSegment.named(file).ifPresent(named::add);
                if (file.toString().endsWith(UNFINISHED)) {
                    Files.delete(file);
                }
            }
        }
        named.sort(Comparator.comparingLong(RequestSegment::number).thenComparingInt(RequestSegment::generation));
        List<RequestSegment> whole = new ArrayList<>();
        for (int i = 0; i < named.size(); i++) {
            RequestSegment segment = named.get(i);
            if (i + 1 < named.size() && named.get(i + 1).number() == segment.number()) {
                Files.delete(segment.file());
            } else {
                whole.add(measured(segment, i + 1 == named.size()));
            }
        }
        synchronized (this) {
            segments.addAll(whole);
            return segments.isEmpty() ? 0 : segments.getLast().lastSeq();
        }
    }

    /// Appends a block; when this returns it is on the disk. Blocks.
    void append(ByteBuffer block) throws IOException {
        BlockHead head = BlockHead.read(block, block.position())
                .orElseThrow(() -> new IllegalArgumentException("this is no block of the request log"));
        RequestSegment last = last();
        if (last == null || last.rows() >= rowsPerSegment || last.bytes() >= MAX_BYTES) {
            closeChannel();
            last = RequestSegment.empty(folder, head.firstSeq(), 0);
            synchronized (this) {
                segments.add(last);
            }
        }
        if (channel == null) {
            channel = FileChannel.open(last.file(), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        }
        write(channel, block, last.bytes());
        channel.force(false);
        RequestSegment grown = last.with(head);
        replace(last, grown);
        if (grown.blocks() % MAX_SMALL_BLOCKS == 0 && grown.rows() / grown.blocks() < SMALL_ROWS) {
            rewrite(grown);
        }
    }

    /// The rows that are asked for, newest first. Blocks.
    List<RequestRow> find(RequestQuery query) throws IOException {
        NoSuchFileException gone = null;
        for (int i = 0; i < MAX_RESTARTS; i++) {
            try {
                return findOnce(query);
            } catch (NoSuchFileException changed) {
                gone = changed;
            }
        }
        throw new IOException("the files of the request log changed " + MAX_RESTARTS + " times during a search", gone);
    }

    /// Deletes the files of which every row came before a number or began before a time. Blocks.
    ///
    /// @return the least number of a row that is left, 0 if there is none
    long forget(long beforeMicros, long beforeSeq) throws IOException {
        while (true) {
            RequestSegment oldest;
            synchronized (this) {
                oldest = segments.isEmpty() ? null : segments.getFirst();
                // the last one is being written to
                if (oldest == null
                        || segments.size() == 1
                        || (oldest.lastSeq() >= beforeSeq && oldest.latestMicros() >= beforeMicros)) {
                    return oldest == null ? 0 : oldest.number();
                }
                segments.removeFirst();
            }
            Files.deleteIfExists(oldest.file());
        }
    }

    @Override
    public void close() throws IOException {
        closeChannel();
    }

    private List<RequestRow> findOnce(RequestQuery query) throws IOException {
        List<RequestSegment> now;
        synchronized (this) {
            now = List.copyOf(segments);
        }
        List<RequestRow> found = new ArrayList<>();
        for (RequestSegment segment : now.reversed()) {
            if (found.size() < query.limit() && segment.mayHold(query)) {
                find(segment, query, found);
            }
        }
        return found;
    }

    private static void find(RequestSegment segment, RequestQuery query, List<RequestRow> found) throws IOException {
        try (FileChannel in = FileChannel.open(segment.file(), StandardOpenOption.READ)) {
            for (Place place : places(in, segment.bytes(), query).reversed()) {
                if (found.size() >= query.limit()) {
                    return;
                }
                Optional<BlockReader> block = place.read(in);
                if (block.isEmpty()) {
                    LOG.warn("{} is damaged at byte {}; requests are missing from the log", segment.file(), place.at());
                } else {
                    block.get().find(query, found);
                }
            }
        }
    }

    /// Where a block is.
    private record Place(BlockHead head, long at) {
        /// The block, empty if its bytes are not what was written.
        Optional<BlockReader> read(FileChannel in) throws IOException {
            ByteBuffer body = ByteBuffer.allocate(head.length());
            readFully(in, body, at + BlockHead.BYTES);
            boolean isWhole = !body.hasRemaining() && BlockHead.sum(body.array(), head.length()) == head.sum();
            return isWhole ? Optional.of(new BlockReader(head, body.array())) : Optional.empty();
        }
    }

    private static List<Place> places(FileChannel in, long end, RequestQuery query) throws IOException {
        List<Place> places = new ArrayList<>();
        for (long at = 0; at < end; ) {
            BlockHead head = head(in, at, end).orElse(null);
            if (head == null) {
                break;
            }
            if (BlockReader.mayHold(head, query)) {
                places.add(new Place(head, at));
            }
            at += BlockHead.BYTES + head.length();
        }
        return places;
    }

    /// The head at a place of a file that ends at `end`.
    private static Optional<BlockHead> head(FileChannel in, long at, long end) throws IOException {
        ByteBuffer bytes = ByteBuffer.allocate(BlockHead.BYTES);
        readFully(in, bytes, at);
        return BlockHead.read(bytes.flip(), 0).filter(head -> at + BlockHead.BYTES + head.length() <= end);
    }

    /// A segment as its file is.
    ///
    /// @param isLast whether it is appended to, so that its end may be torn and must be cut
    private static RequestSegment measured(RequestSegment named, boolean isLast) throws IOException {
        RequestSegment segment = named;
        try (FileChannel file = FileChannel.open(named.file(), StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            long end = file.size();
            while (segment.bytes() < end) {
                BlockHead head = head(file, segment.bytes(), end).orElse(null);
                if (head == null
                        || (isLast
                                && new Place(head, segment.bytes()).read(file).isEmpty())) {
                    LOG.warn("{} bytes at the end of {} are no requests", end - segment.bytes(), named.file());
                    break;
                }
                segment = segment.with(head);
            }
            if (isLast && segment.bytes() < end) {
                file.truncate(segment.bytes());
            }
        }
        return segment;
    }

    private void rewrite(RequestSegment small) throws IOException {
        RequestSegment large = RequestSegment.empty(folder, small.number(), small.generation() + 1);
        Path unfinished = folder.resolve(large.file().getFileName() + UNFINISHED);
        try (FileChannel in = FileChannel.open(small.file(), StandardOpenOption.READ);
                FileChannel out = FileChannel.open(
                        unfinished,
                        StandardOpenOption.CREATE,
                        StandardOpenOption.TRUNCATE_EXISTING,
                        StandardOpenOption.WRITE)) {
            var merge = new Merge(large, out);
            for (long at = 0; at < small.bytes(); ) {
                BlockHead head = head(in, at, small.bytes())
                        .orElseThrow(() -> new IOException("a block of " + small.file() + " is damaged"));
                List<RequestRow> rows = new ArrayList<>(head.rows());
                new Place(head, at)
                        .read(in)
                        .orElseThrow(() -> new IOException("a block of " + small.file() + " is damaged"))
                        .all(rows::add);
                for (RequestRow row : rows) {
                    merge.add(row);
                }
                at += BlockHead.BYTES + head.length();
            }
            merge.end();
            out.force(true);
            large = merge.segment;
        }
        Files.move(unfinished, large.file(), StandardCopyOption.ATOMIC_MOVE);
        closeChannel();
        replace(small, large);
        Files.deleteIfExists(small.file());
    }

    /// Rows on their way into larger blocks of another file.
    private static final class Merge {
        private final FileChannel out;
        private final BlockWriter writer = new BlockWriter();
        private RequestSegment segment;

        Merge(RequestSegment segment, FileChannel out) {
            this.segment = segment;
            this.out = out;
        }

        void add(RequestRow row) throws IOException {
            if (writer.count() > 0 && (writer.isFull() || row.seq() != writer.nextSeq())) {
                end();
            }
            writer.add(row);
        }

        void end() throws IOException {
            if (writer.count() > 0) {
                ByteBuffer block = writer.block();
                BlockHead head = BlockHead.read(block, 0).orElseThrow();
                write(out, block, segment.bytes());
                segment = segment.with(head);
                writer.clear();
            }
        }
    }

    private synchronized @Nullable RequestSegment last() {
        return segments.isEmpty() ? null : segments.getLast();
    }

    private synchronized void replace(RequestSegment before, RequestSegment after) {
        segments.set(segments.lastIndexOf(before), after);
    }

    private void closeChannel() throws IOException {
        FileChannel open = channel;
        channel = null;
        if (open != null) {
            open.close();
        }
    }

    private static void write(FileChannel out, ByteBuffer from, long at) throws IOException {
        long place = at;
        while (from.hasRemaining()) {
            place += out.write(from, place);
        }
    }

    private static void readFully(FileChannel in, ByteBuffer into, long at) throws IOException {
        long place = at;
        while (into.hasRemaining()) {
            int read = in.read(into, place);
            if (read < 0) {
                return;
            }
            place += read;
        }
    }

    /// A folder for a log that nobody keeps.
    static Path temporary() {
        try {
            return Files.createTempDirectory("pagoda-requests-");
        } catch (IOException failed) {
            throw new UncheckedIOException("the request log's folder cannot be made", failed);
        }
    }
}
