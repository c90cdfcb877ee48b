package dev.pagoda.vectors.filter;

import dev.pagoda.vectors.api.PointId;
import java.util.UUID;

/// SipHash-2-4 of a few whole words. Aumasson and Bernstein 2012,
/// https://www.aumasson.jp/siphash/siphash.pdf
final class SipHash {
    private long v0;
    private long v1;
    private long v2;
    private long v3;

    private SipHash(long key0, long key1) {
        v0 = key0 ^ 0x736f6d6570736575L;
        v1 = key1 ^ 0x646f72616e646f6dL;
        v2 = key0 ^ 0x6c7967656e657261L;
        v3 = key1 ^ 0x7465646279746573L;
    }

    /// Of an id with a zero key: the 8 bytes of a number, lowest first, or the 16 of a UUID as they are
    /// written.
    static long of(PointId id) {
        return switch (id) {
            case PointId.Numbered(long number) -> of(0, 0, number);
            case PointId.Named(UUID uuid) ->
                of(
                        0,
                        0,
                        Long.reverseBytes(uuid.getMostSignificantBits()),
                        Long.reverseBytes(uuid.getLeastSignificantBits()));
        };
    }

    /// @param words of a message, each with its lowest byte first
    static long of(long key0, long key1, long... words) {
        SipHash hash = new SipHash(key0, key1);
        for (long word : words) {
            hash.absorb(word);
        }
        hash.absorb(((long) words.length * Long.BYTES) << 56);
        hash.v2 ^= 0xff;
        for (int i = 0; i < 4; i++) {
            hash.mix();
        }
        return hash.v0 ^ hash.v1 ^ hash.v2 ^ hash.v3;
    }

    private void absorb(long word) {
        v3 ^= word;
        mix();
        mix();
        v0 ^= word;
    }

    private void mix() {
        v0 += v1;
        v1 = Long.rotateLeft(v1, 13) ^ v0;
        v0 = Long.rotateLeft(v0, 32);
        v2 += v3;
        v3 = Long.rotateLeft(v3, 16) ^ v2;
        v0 += v3;
        v3 = Long.rotateLeft(v3, 21) ^ v0;
        v2 += v1;
        v1 = Long.rotateLeft(v1, 17) ^ v2;
        v2 = Long.rotateLeft(v2, 32);
    }
}
