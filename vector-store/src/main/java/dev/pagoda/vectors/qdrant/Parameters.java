package dev.pagoda.vectors.qdrant;

import io.vertx.core.MultiMap;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;

/// The query parameters that Qdrant's calls have in common.
///
/// @param isWaiting whether a write is to be answered as `completed`
/// @param timeout   how long the caller waits
/// @param given     all of them
record Parameters(boolean isWaiting, Optional<Duration> timeout, MultiMap given) {
    private static final Set<String> ORDERINGS = Set.of("weak", "medium", "strong");
    private static final Set<String> CONSISTENCIES = Set.of("majority", "quorum", "all");
    private static final long MAX_TIMEOUT_SECONDS = 3_600;

    static Parameters of(MultiMap given) {
        String ordering = given.get("ordering");
        if (ordering != null && !ORDERINGS.contains(ordering)) {
            throw Faults.queryParameter(
                    "unknown variant `" + ordering + "`, expected one of `weak`, `medium`, `strong`");
        }
        String consistency = given.get("consistency");
        if (consistency != null && !CONSISTENCIES.contains(consistency)) {
            requireNumber("consistency", consistency);
        }
        String timeout = given.get("timeout");
        return new Parameters(
                flag(given, "wait"),
                timeout == null
                        ? Optional.empty()
                        : Optional.of(
                                Duration.ofSeconds(Math.min(MAX_TIMEOUT_SECONDS, requireNumber("timeout", timeout)))),
                given);
    }

    /// A switch that is off unless it is there.
    boolean flag(String name) {
        return flag(given, name);
    }

    /// A whole number of any size that is not negative.
    long number(String name, long absent) {
        String value = given.get(name);
        return value == null ? absent : parse(name, value);
    }

    private static boolean flag(MultiMap given, String name) {
        String value = given.get(name);
        if (value != null && !value.equals("true") && !value.equals("false")) {
            throw Faults.queryParameter("provided string was not `true` or `false`: " + name + "=" + value);
        }
        return "true".equals(value);
    }

    private static long requireNumber(String name, String value) {
        long number = parse(name, value);
        if (number == 0) {
            throw Faults.queryValidation(name, 0, "must be 1 or larger");
        }
        return number;
    }

    private static long parse(String name, String value) {
        try {
            long number = Long.parseUnsignedLong(value);
            return number < 0 ? Long.MAX_VALUE : number;
        } catch (NumberFormatException noNumber) {
            throw Faults.queryParameter("invalid digit found in string: " + name + "=" + value);
        }
    }
}
