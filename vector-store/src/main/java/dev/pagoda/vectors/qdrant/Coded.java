package dev.pagoda.vectors.qdrant;

import dev.pagoda.governance.bus.Refusal.Reason;
import dev.pagoda.governance.bus.Refused;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerResponse;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Arrays;
import java.util.Locale;
import java.util.zip.Deflater;
import java.util.zip.GZIPInputStream;
import java.util.zip.GZIPOutputStream;
import java.util.zip.InflaterInputStream;
import org.jspecify.annotations.Nullable;

/// A body as it goes over the wire: plain, or compressed with `gzip` or `deflate`.
///
/// @param encoding empty for a plain body
/// @param maxBytes a plain body may have; one that grows beyond it is refused before it is read to its end
record Coded(Buffer bytes, String encoding, long maxBytes) {
    /// Shorter answers are not worth the work.
    private static final int LEAST_COMPRESSED = 4_096;

    /// What a client sent.
    ///
    /// @param encoding the header, null if there is none
    static Coded asked(Buffer bytes, @Nullable String encoding, long maxBytes) {
        String name = encoding == null ? "" : encoding.trim().toLowerCase(Locale.ROOT);
        return switch (name) {
            case "", "identity" -> new Coded(bytes, "", maxBytes);
            case "gzip", "x-gzip" -> new Coded(bytes, "gzip", maxBytes);
            case "deflate" -> new Coded(bytes, "deflate", maxBytes);
            default ->
                throw Faults.badRequest("content encoding `" + name + "` is not supported, `gzip` and `deflate` are");
        };
    }

    static Coded plain(Buffer bytes) {
        return new Coded(bytes, "", Long.MAX_VALUE);
    }

    /// An answer, compressed if that was asked for and is worth it.
    ///
    /// @param accepted the header, null if there is none
    static Coded answer(Buffer bytes, @Nullable String accepted) {
        if (bytes.length() < LEAST_COMPRESSED || accepted == null || !isGzip(accepted)) {
            return plain(bytes);
        }
        ByteArrayOutputStream packed = new ByteArrayOutputStream(bytes.length() / 2);
        try (GZIPOutputStream out = new GZIPOutputStream(packed) {
            {
                def.setLevel(Deflater.BEST_SPEED);
            }
        }) {
            out.write(bytes.getBytes());
        } catch (IOException unreachable) {
            throw new UncheckedIOException("writing to memory", unreachable);
        }
        return new Coded(Buffer.buffer(packed.toByteArray()), "gzip", Long.MAX_VALUE);
    }

    private static boolean isGzip(String accepted) {
        return Arrays.stream(accepted.toLowerCase(Locale.ROOT).split(","))
                .map(each -> each.replace(" ", ""))
                .anyMatch(each -> each.equals("gzip")
                        || each.equals("*")
                        || (each.startsWith("gzip;q=") && !each.matches("gzip;q=0(\\.0*)?")));
    }

    void end(HttpServerResponse response) {
        response.putHeader(HttpHeaders.CONTENT_TYPE, "application/json");
        if (!encoding.isEmpty()) {
            response.putHeader(HttpHeaders.CONTENT_ENCODING, encoding).putHeader("Vary", "Accept-Encoding");
        }
        response.end(bytes);
    }

    /// The body without compression.
    ///
    /// @throws Refused if it is larger than allowed or not what the encoding says
    Buffer plain() {
        if (encoding.isEmpty()) {
            return bytes;
        }
        try (InputStream in = inflated()) {
            byte[] plain = in.readNBytes((int) Math.min(maxBytes + 1, Integer.MAX_VALUE - 16));
            if (plain.length > maxBytes) {
                throw new Refused(
                        Reason.TOO_LARGE, "body_too_large", "the body has more than " + maxBytes + " bytes unpacked");
            }
            return Buffer.buffer(plain);
        } catch (IOException damaged) {
            throw Faults.badRequest("the body is not sound " + encoding + ": " + damaged.getMessage());
        }
    }

    private InputStream inflated() throws IOException {
        InputStream packed = new ByteArrayInputStream(bytes.getBytes());
        return encoding.equals("gzip") ? new GZIPInputStream(packed) : new InflaterInputStream(packed);
    }
}
