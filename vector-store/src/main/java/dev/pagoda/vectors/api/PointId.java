package dev.pagoda.vectors.api;

import java.util.Locale;
import java.util.Objects;
import java.util.UUID;

/// Identity of a point: an unsigned 64-bit number or a UUID. Numbers sort before UUIDs, each kind ascending.
public sealed interface PointId extends Comparable<PointId> {

    /// A numbered point.
    ///
    /// @param value all 64 bits count, read as unsigned
    record Numbered(long value) implements PointId {
        @Override
        public String toString() {
            return Long.toUnsignedString(value);
        }
    }

    /// A point named by a UUID.
    record Named(UUID value) implements PointId {
        public Named {
            Objects.requireNonNull(value, "value");
        }

        @Override
        public String toString() {
            return value.toString();
        }
    }

    static PointId of(long number) {
        return new Numbered(number);
    }

    static PointId of(UUID uuid) {
        return new Named(uuid);
    }

    /// Reads a UUID in hyphenated, simple or URN form, in either case.
    ///
    /// @throws IllegalArgumentException if the text is none of these
    static PointId ofUuid(String text) {
        String bare = text.toLowerCase(Locale.ROOT);
        if (bare.startsWith("urn:uuid:")) {
            bare = bare.substring("urn:uuid:".length());
        }
        if (bare.length() == 36
                && bare.charAt(8) == '-'
                && bare.charAt(13) == '-'
                && bare.charAt(18) == '-'
                && bare.charAt(23) == '-') {
            bare = bare.replace("-", "");
        }
        if (bare.length() != 32 || !bare.chars().allMatch(c -> Character.digit(c, 16) >= 0 && c < 128)) {
            throw new IllegalArgumentException("\"" + text + "\" is not a UUID");
        }
        return new Named(new UUID(Long.parseUnsignedLong(bare, 0, 16, 16), Long.parseUnsignedLong(bare, 16, 32, 16)));
    }

    @Override
    default int compareTo(PointId other) {
        return switch (this) {
            case Numbered(long mine) ->
                other instanceof Numbered(long theirs) ? Long.compareUnsigned(mine, theirs) : -1;
            case Named(UUID mine) -> {
                if (!(other instanceof Named(UUID theirs))) {
                    yield 1;
                }
                int high = Long.compareUnsigned(mine.getMostSignificantBits(), theirs.getMostSignificantBits());
                yield high != 0
                        ? high
                        : Long.compareUnsigned(mine.getLeastSignificantBits(), theirs.getLeastSignificantBits());
            }
        };
    }
}
