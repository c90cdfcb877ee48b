package dev.pagoda.vectors.qdrant;

import io.vertx.core.MultiMap;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;

/// The query parameters that Qdrant's calls have in common.
///
/// @param isWaiting whether a write is to be answered as `completed`
/// @param timeout   how long the caller waits
record Parameters(boolean isWaiting, Optional<Duration> timeout) {
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
        String wait = given.get("wait");
        if (wait != null && !wait.equals("true") && !wait.equals("false")) {
            throw Faults.queryParameter("provided string was not `true` or `false`: wait=" + wait);
        }
        String timeout = given.get("timeout");
        return new Parameters(
                "true".equals(wait),
                timeout == null
                        ? Optional.empty()
                        : Optional.of(
                                Duration.ofSeconds(Math.min(MAX_TIMEOUT_SECONDS, requireNumber("timeout", timeout)))));
    }

    private static long requireNumber(String name, String value) {
        long number;
        try {
            number = Long.parseUnsignedLong(value);
        } catch (NumberFormatException noNumber) {
            throw Faults.queryParameter("invalid digit found in string: " + name + "=" + value);
        }
        if (number == 0) {
            throw Faults.queryValidation(name, 0, "must be 1 or larger");
        }
        return number < 0 ? Long.MAX_VALUE : number;
    }
}
