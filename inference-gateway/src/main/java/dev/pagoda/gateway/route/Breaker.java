package dev.pagoda.gateway.route;

/// Keeps requests from a target that fails: opens after so many failures in a row, lets one at a time try it after a
/// while, and closes when enough of those succeed (M. Nygard, "Release It!"). While it is closed and the last
/// request failed, only as many are let through at once as failures are missing to open it, so that a dead target
/// costs no more requests than open it, however many come together. Time is a parameter. Safe from any thread.
public final class Breaker {
    /// What a breaker lets through.
    public enum State {
        /// Everything.
        CLOSED,
        /// Nothing.
        OPEN,
        /// One request at a time.
        HALF_OPEN
    }

    /// When a breaker changes.
    ///
    /// @param failures  in a row that open it
    /// @param openNanos for which it stays open
    /// @param successes in a row that close it again
    public record Rules(int failures, long openNanos, int successes) {
        public static final Rules DEFAULT = new Rules(5, 30_000_000_000L, 2);

        public Rules {
            if (failures < 1 || openNanos < 1 || successes < 1) {
                throw new IllegalArgumentException("failures " + failures + ", openNanos " + openNanos
                        + " and successes " + successes + " must all be above 0");
            }
        }
    }

    private final Rules rules;
    private State state = State.CLOSED;
    /// Failures while closed, successes while half open, in a row.
    private int run;

    private long openedNanos;
    private boolean isTrying;
    /// Requests that were sent and of which nothing is known yet.
    private int inside;

    public Breaker(Rules rules) {
        this.rules = rules;
    }

    public synchronized State state(long nowNanos) {
        if (state == State.OPEN && nowNanos - openedNanos >= rules.openNanos()) {
            state = State.HALF_OPEN;
            run = 0;
            isTrying = false;
        }
        return state;
    }

    /// Whether a request may be sent now.
    public synchronized boolean admits(long nowNanos) {
        return switch (state(nowNanos)) {
            case CLOSED -> run == 0 || inside < rules.failures() - run;
            case OPEN -> false;
            case HALF_OPEN -> !isTrying;
        };
    }

    /// Whether nobody is let through just until it is known how those fare that were.
    public synchronized boolean isUndecided(long nowNanos) {
        return state(nowNanos) != State.OPEN && !admits(nowNanos);
    }

    /// How long it stays open; 0 when it is not.
    public synchronized long openForNanos(long nowNanos) {
        return state(nowNanos) == State.OPEN ? rules.openNanos() - (nowNanos - openedNanos) : 0;
    }

    /// A request is sent; [#succeeded], [#failed] or [#withdrawn] must follow.
    public synchronized void sent(long nowNanos) {
        isTrying = state(nowNanos) == State.HALF_OPEN;
        inside++;
    }

    /// Sends a request if [#admits] says so, as one step.
    public synchronized boolean trySend(long nowNanos) {
        boolean isAdmitted = admits(nowNanos);
        if (isAdmitted) {
            sent(nowNanos);
        }
        return isAdmitted;
    }

    /// A request was answered.
    public synchronized void succeeded(long nowNanos) {
        leave();
        switch (state(nowNanos)) {
            case CLOSED -> run = 0;
            case OPEN -> {} // sent before it opened
            case HALF_OPEN -> {
                isTrying = false;
                if (++run >= rules.successes()) {
                    state = State.CLOSED;
                    run = 0;
                }
            }
        }
    }

    /// A request failed.
    public synchronized void failed(long nowNanos) {
        leave();
        switch (state(nowNanos)) {
            case CLOSED -> {
                if (++run >= rules.failures()) {
                    open(nowNanos);
                }
            }
            case OPEN -> {}
            case HALF_OPEN -> open(nowNanos);
        }
    }

    /// A request ended for reasons of its own, which tell nothing.
    public synchronized void withdrawn() {
        leave();
        isTrying = false;
    }

    private void leave() {
        inside = Math.max(0, inside - 1);
    }

    private void open(long nowNanos) {
        state = State.OPEN;
        openedNanos = nowNanos;
        run = 0;
        isTrying = false;
    }
}
