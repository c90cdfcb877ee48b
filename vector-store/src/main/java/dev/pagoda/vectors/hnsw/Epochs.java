package dev.pagoda.vectors.hnsw;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/// When what readers may still look at can be reused, after epoch-based reclamation [1].
///
/// A reader counts itself in under the parity of the current epoch. The epoch advances only when nobody is left
/// of the epoch before it. So what was taken out of sight in epoch `e` is out of every reader's hands when the
/// epoch is `e + 2`.
///
/// [1] Fraser 2004, https://www.cl.cam.ac.uk/techreports/UCAM-CL-TR-579.html, section 5.2.3
public final class Epochs {
    /// Epochs after which a reader cannot hold what it could have seen.
    public static final int GRACE = 2;

    private final AtomicLong epoch = new AtomicLong();
    private final AtomicInteger[] readers = {new AtomicInteger(), new AtomicInteger()};

    public long current() {
        return epoch.get();
    }

    /// @return what [#exit] needs
    public long enter() {
        while (true) {
            long now = epoch.get();
            AtomicInteger mine = readers[(int) now & 1];
            mine.incrementAndGet();
            // volatile: if the epoch is still this one, no advance beyond the next can miss this reader
            if (epoch.get() == now) {
                return now;
            }
            mine.decrementAndGet();
        }
    }

    /// The epoch in which what the caller has taken out of sight before is out of sight for new readers.
    ///
    /// Synchronized like [#advance]: who enters a later epoch than the one answered sees what the caller did.
    public synchronized long stamp() {
        return epoch.get();
    }

    public void exit(long entered) {
        readers[(int) entered & 1].decrementAndGet();
    }

    /// Readers that have entered and not left, roughly.
    int readers() {
        return readers[0].get() + readers[1].get();
    }

    /// Advances if nobody is left of the epoch before.
    public synchronized boolean advance() {
        long now = epoch.get();
        if (readers[(int) (now + 1) & 1].get() != 0) {
            return false;
        }
        epoch.set(now + 1);
        return true;
    }
}
