package dev.pagoda.gateway.limit;

/// Where a request's tightest limits stand: what a client is told in headers.
///
/// @param requests by requests a minute, absent where none applies
/// @param tokens   by tokens a minute, absent where none applies
public record Standing(Level requests, Level tokens) {
    public static final Standing UNLIMITED = new Standing(Level.ABSENT, Level.ABSENT);

    /// One limit.
    ///
    /// @param limit      what it allows in a minute, -1 where there is none
    /// @param remaining  what is left now
    /// @param resetNanos when all of it is free again if nobody comes
    public record Level(long limit, long remaining, long resetNanos) {
        public static final Level ABSENT = new Level(-1, 0, 0);

        public boolean isPresent() {
            return limit >= 0;
        }
    }
}
