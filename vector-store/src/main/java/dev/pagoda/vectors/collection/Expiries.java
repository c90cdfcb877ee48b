package dev.pagoda.vectors.collection;

import dev.pagoda.vectors.api.CollectionConfig;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.BitSet;
import java.util.Map;
import java.util.Objects;
import java.util.TreeSet;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/// When the points in the slots of a generation expire, and which of them have.
///
/// A slot is *overdue* from the first look at the clock that finds its time come. It stays so until its point has
/// another time or has left, also when the clock goes back. A reader takes what is overdue when it comes, so that
/// points with the same time are gone for it together.
///
/// Who asks while nothing is due reads one field; without a key not even the clock is read. Safe from any thread.
final class Expiries {
    /// Of a collection that names no key.
    static final Expiries NONE = new Expiries(null);

    private final @Nullable ExpiryKey key;

    /// Guarded by this, as the next two: the times to come, earliest first.
    private final TreeSet<Due> due = new TreeSet<>();

    private final BitSet overdue = new BitSet();

    /// A copy of what is overdue, which readers share until it changes.
    private long @Nullable [] shared;

    /// When there is next something to tell: a time, always while something is overdue, or never.
    private volatile long next = ExpiryKey.NEVER;

    private record Due(long micros, int slot) implements Comparable<Due> {
        @Override
        public int compareTo(Due other) {
            int byTime = Long.compare(micros, other.micros);
            return byTime != 0 ? byTime : Integer.compare(slot, other.slot);
        }
    }

    private Expiries(@Nullable ExpiryKey key) {
        this.key = key;
    }

    /// A clock that tells microseconds since 1970.
    static LongSupplier micros(InstantSource clock) {
        return () -> ChronoUnit.MICROS.between(Instant.EPOCH, clock.instant());
    }

    /// When points expire by a configuration; under the lock of the generation's collection.
    Expiries following(CollectionConfig config, Generation generation) {
        ExpiryKey wanted = ExpiryKey.of(config).orElse(null);
        if (Objects.equals(wanted, key)) {
            return this;
        }
        Expiries next = wanted == null ? NONE : new Expiries(wanted);
        for (int slot = 0; slot < generation.end(); slot++) {
            StoredPoint point = generation.at(slot);
            if (point != null) {
                next.add(slot, point.payload());
            }
        }
        return next;
    }

    /// A point gets a slot.
    void add(int slot, Map<String, @Nullable Object> payload) {
        if (key != null) {
            long micros = key.expiry(payload);
            if (micros != ExpiryKey.NEVER) {
                add(new Due(micros, slot));
            }
        }
    }

    private synchronized void add(Due newer) {
        due.add(newer);
        tell();
    }

    /// The point in a slot gets another payload.
    void change(int slot, Map<String, @Nullable Object> before, Map<String, @Nullable Object> after) {
        if (key != null) {
            synchronized (this) {
                remove(slot, before);
                add(slot, after);
            }
        }
    }

    /// A point leaves its slot.
    void remove(int slot, Map<String, @Nullable Object> payload) {
        if (key != null) {
            long micros = key.expiry(payload);
            if (micros != ExpiryKey.NEVER) {
                remove(new Due(micros, slot));
            }
        }
    }

    private synchronized void remove(Due older) {
        if (!due.remove(older) && overdue.get(older.slot())) {
            overdue.clear(older.slot());
            shared = null;
        }
        tell();
    }

    private void tell() {
        next = !overdue.isEmpty()
                ? Long.MIN_VALUE
                : due.isEmpty() ? ExpiryKey.NEVER : due.first().micros();
    }

    /// The slots that are overdue now, as bits that are not to be changed.
    ///
    /// @param clock tells microseconds since 1970
    long[] overdue(LongSupplier clock) {
        long soonest = next;
        if (soonest == ExpiryKey.NEVER) {
            return Overdue.NO_SLOTS;
        }
        long now = clock.getAsLong();
        return soonest > now ? Overdue.NO_SLOTS : overdue(now);
    }

    private synchronized long[] overdue(long now) {
        while (!due.isEmpty() && due.first().micros() <= now) {
            overdue.set(due.removeFirst().slot());
            shared = null;
        }
        tell();
        long[] slots = shared;
        if (slots == null) {
            slots = overdue.toLongArray();
            shared = slots;
        }
        return slots;
    }
}
