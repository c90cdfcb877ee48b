package dev.pagoda.gateway.usage;

import dev.pagoda.governance.api.Principal;
import dev.pagoda.governance.api.UsageBatch;
import dev.pagoda.governance.api.UsageRecord;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.CRC32C;

/// A file of a fixed size that usage is appended to by memory mapping, so that an append costs no system call
/// and outlives the process, though not the machine's power.
///
/// A record is its length, the CRC-32C of its bytes, and the bytes; a length of zero ends the file. Of one
/// thread.
final class SpoolFile {
    private static final int HEAD = 8;
    private static final int MAX_RECORD = 64 << 10;

    private final Path path;
    private final MappedByteBuffer bytes;

    private SpoolFile(Path path, MappedByteBuffer bytes) {
        this.path = path;
        this.bytes = bytes;
    }

    /// A new, empty one.
    static SpoolFile create(Path path, int size) {
        try (FileChannel channel = FileChannel.open(
                path, StandardOpenOption.CREATE_NEW, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            return new SpoolFile(path, channel.map(FileChannel.MapMode.READ_WRITE, 0, size));
        } catch (IOException failed) {
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
                if (sum != sum(record)) {
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
        byte[] record = encode(entry);
        if (bytes.remaining() < HEAD + record.length) {
            return false;
        }
        int at = bytes.position();
        // the length last: a reader stops at a record whose length has not come
        bytes.putInt(at + Integer.BYTES, sum(record));
        bytes.put(at + HEAD, record);
        bytes.putInt(at, record.length);
        bytes.position(at + HEAD + record.length);
        return true;
    }

    Path path() {
        return path;
    }

    private static int sum(byte[] record) {
        CRC32C crc = new CRC32C();
        crc.update(record);
        return (int) crc.getValue();
    }

    private static byte[] encode(UsageBatch.Entry entry) {
        var bytes = new ByteArrayOutputStream(256);
        try (var out = new DataOutputStream(bytes)) {
            Principal principal = entry.principal();
            out.writeUTF(principal.tenant());
            out.writeUTF(principal.team());
            out.writeUTF(principal.project());
            out.writeUTF(principal.key());
            out.writeUTF(principal.role().name());
            UsageRecord usage = entry.usage();
            out.writeUTF(usage.requestId());
            out.writeUTF(usage.operation());
            out.writeUTF(usage.model());
            out.writeLong(usage.promptTokens());
            out.writeLong(usage.completionTokens());
            out.writeUTF(usage.outcome().name());
            out.writeLong(usage.startedMicros());
            out.writeLong(usage.durationMicros());
        } catch (IOException impossible) {
            throw new UncheckedIOException(impossible);
        }
        if (bytes.size() > MAX_RECORD) {
            throw new IllegalArgumentException("a usage of " + bytes.size() + " bytes is above " + MAX_RECORD);
        }
        return bytes.toByteArray();
    }

    private static UsageBatch.Entry decode(byte[] record) throws IOException {
        var in = new DataInputStream(new ByteArrayInputStream(record));
        var principal = new Principal(
                in.readUTF(), in.readUTF(), in.readUTF(), in.readUTF(), Principal.Role.valueOf(in.readUTF()));
        var usage = new UsageRecord(
                in.readUTF(),
                in.readUTF(),
                in.readUTF(),
                in.readLong(),
                in.readLong(),
                UsageRecord.Outcome.valueOf(in.readUTF()),
                in.readLong(),
                in.readLong());
        return new UsageBatch.Entry(principal, usage);
    }
}
