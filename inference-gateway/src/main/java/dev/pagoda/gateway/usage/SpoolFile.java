package dev.pagoda.gateway.usage;

import dev.pagoda.governance.api.Principal;
import dev.pagoda.governance.api.ServiceTier;
import dev.pagoda.governance.api.UsageBatch;
import dev.pagoda.governance.api.UsageRecord;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.nio.BufferOverflowException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/// A file of a fixed size that usage is appended to by memory mapping, so that an append costs no system call
/// and outlives the process, though not the machine's power.
///
/// A record is its length, the CRC-32C of its bytes, and the bytes; a length of zero ends the file. Of one
/// thread.
final class SpoolFile implements AutoCloseable {
    private static final int HEAD = 8;
    private static final int MAX_RECORD = 64 << 10;

    private final Path path;
    private final Arena mapping;
    private final ByteBuffer bytes;
    private final ByteBuffer record = ByteBuffer.allocate(MAX_RECORD);
    private @Nullable Principal principal;
    private byte[] principalBytes = {};

    private SpoolFile(Path path, Arena mapping, ByteBuffer bytes) {
        this.path = path;
        this.mapping = mapping;
        this.bytes = bytes;
    }

    /// A new, empty one.
    static SpoolFile create(Path path, int size) {
        Arena mapping = Arena.ofShared();
        try (FileChannel channel = FileChannel.open(
                path, StandardOpenOption.CREATE_NEW, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            return new SpoolFile(
                    path,
                    mapping,
                    channel.map(FileChannel.MapMode.READ_WRITE, 0, size, mapping)
                            .asByteBuffer());
        } catch (IOException failed) {
            mapping.close();
            throw new UncheckedIOException("the spool of usage " + path + " cannot be made", failed);
        }
    }

    /// What a file holds; what was being written when its process died is not of it.
    static List<UsageBatch.Entry> read(Path path) {
        try {
            ByteBuffer in = ByteBuffer.wrap(Files.readAllBytes(path));
            List<UsageBatch.Entry> entries = new ArrayList<>();
            while (in.remaining() > HEAD) {
                int length = in.getInt();
                int sum = in.getInt();
                if (length <= 0 || length > in.remaining()) {
                    break;
                }
                byte[] record = new byte[length];
                in.get(record);
                if (sum != sum(record, length)) {
                    break;
                }
                entries.add(decode(record));
            }
            return entries;
        } catch (IOException failed) {
            throw new UncheckedIOException("the spool of usage " + path + " cannot be read", failed);
        }
    }

    /// @return false if there is no room; then nothing was written
    boolean append(UsageBatch.Entry entry) {
        encode(entry);
        int length = record.position();
        if (bytes.remaining() < HEAD + length) {
            return false;
        }
        int at = bytes.position();
        // the length last: a reader stops at a record whose length has not come
        bytes.putInt(at + Integer.BYTES, sum(record.array(), length));
        bytes.put(at + HEAD, record.array(), 0, length);
        bytes.putInt(at, length);
        bytes.position(at + HEAD + length);
        return true;
    }

    /// Ends the appending, and gives the memory back, which a collection would do much later; what was appended is in
    /// the file.
    @Override
    public void close() {
        mapping.close();
    }

    Path path() {
        return path;
    }

    private static int sum(byte[] record, int length) {
        CRC32C crc = new CRC32C();
        crc.update(record, 0, length);
        return (int) crc.getValue();
    }

    private void encode(UsageBatch.Entry entry) {
        UsageRecord usage = entry.usage();
        record.clear();
        try {
            record.put(encoded(entry.principal()));
            put(record, usage.requestId());
            put(record, usage.operation());
            put(record, usage.model());
            put(record, usage.outcome().name());
            record.putLong(usage.promptTokens()).putLong(usage.completionTokens());
            record.putLong(usage.startedMicros()).putLong(usage.durationMicros());
            put(record, usage.tier().name());
        } catch (BufferOverflowException tooLong) {
            throw new IllegalArgumentException("a usage is above " + MAX_RECORD + " bytes", tooLong);
        }
    }

    /// Neighbours are mostly of one principal.
    private byte[] encoded(Principal of) {
        if (!of.equals(principal)) {
            ByteBuffer out = ByteBuffer.allocate(MAX_RECORD);
            put(out, of.tenant());
            put(out, of.team());
            put(out, of.project());
            put(out, of.key());
            put(out, of.role().name());
            principalBytes = Arrays.copyOf(out.array(), out.position());
            principal = of;
        }
        return principalBytes;
    }

    private static void put(ByteBuffer out, String text) {
        byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
        if (utf8.length >= MAX_RECORD) {
            throw new BufferOverflowException();
        }
        out.putShort((short) utf8.length).put(utf8);
    }

    private static UsageBatch.Entry decode(byte[] record) {
        ByteBuffer in = ByteBuffer.wrap(record);
        var principal = new Principal(text(in), text(in), text(in), text(in), Principal.Role.valueOf(text(in)));
        String requestId = text(in);
        String operation = text(in);
        String model = text(in);
        UsageRecord.Outcome outcome = UsageRecord.Outcome.valueOf(text(in));
        long promptTokens = in.getLong();
        long completionTokens = in.getLong();
        long startedMicros = in.getLong();
        long durationMicros = in.getLong();
        // files of before tiers end here
        ServiceTier tier = in.hasRemaining() ? ServiceTier.valueOf(text(in)) : ServiceTier.DEFAULT;
        var usage = new UsageRecord(
                requestId,
                operation,
                model,
                promptTokens,
                completionTokens,
                outcome,
                startedMicros,
                durationMicros,
                tier);
        return new UsageBatch.Entry(principal, usage);
    }

    private static String text(ByteBuffer in) {
        byte[] text = new byte[Short.toUnsignedInt(in.getShort())];
        in.get(text);
        return new String(text, StandardCharsets.UTF_8);
    }
}
