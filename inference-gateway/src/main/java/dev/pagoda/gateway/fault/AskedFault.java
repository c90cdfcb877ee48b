package dev.pagoda.gateway.fault;

import dev.pagoda.governance.bus.Refusal;
import dev.pagoda.governance.bus.Refusal.Reason;
import java.util.HashSet;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// What a request's header [#HEADER] asks to befall it: parts `name=value`, apart by `,` or `;`.
///
/// | part | what happens |
/// |---|---|
/// | `error=429` | refused with this status: 400, 401, 403, 404, 429, 500, 503 or 504; or by a name of these below |
/// | `retry-after=3` | seconds, told with the error |
/// | `ttft=500ms` | asked so much later, 1 ms to 10 min; before an error too |
/// | `itl=20ms` | at least so much between two pieces of the answer, 1 ms to 1 min |
/// | `cut=10` | fails after so many tokens |
/// | `kill=10` | the simulated replica that works on it dies after so many tokens; its client should not notice |
/// | `hang` | never answered; ends with the request's deadline, or when the client leaves |
/// | `model=NAME` | only if this model is asked, so that a fallback can be seen to answer |
///
/// Names of errors are those of llm-d's simulator: `rate_limit`, `server_error`, `unavailable`, `timeout`,
/// `invalid_request`, `invalid_api_key`, `model_not_found`, `context_length`.
///
/// @param error           instead of an answer
/// @param startMillis     0 for none, as the other numbers
/// @param model           empty: any
record AskedFault(
        @Nullable Refusal error,
        long startMillis,
        long gapMillis,
        int cutAfter,
        int killAfter,
        boolean hangs,
        String model) {
    static final String HEADER = "x-pagoda-fault";

    private static final int MAX_TOKENS = 1_000_000;
    private static final long MAX_START_MILLIS = 600_000;
    private static final long MAX_GAP_MILLIS = 60_000;
    private static final int MAX_RETRY_SECONDS = 86_400;
    private static final Pattern TIME = Pattern.compile("(\\d{1,7})(ms|s|)");
    private static final String PARTS = "error, retry-after, ttft, itl, cut, kill, hang, model";

    private static final Map<String, Integer> NAMES = Map.of(
            "rate_limit", 429,
            "server_error", 500,
            "unavailable", 503,
            "timeout", 504,
            "invalid_request", 400,
            "context_length", 400,
            "invalid_api_key", 401,
            "model_not_found", 404);

    /// @throws IllegalArgumentException with what would have been right
    static AskedFault of(String header) {
        String error = "";
        int retryAfter = 0;
        long start = 0;
        long gap = 0;
        int cut = 0;
        int kill = 0;
        boolean hangs = false;
        String model = "";
        Set<String> seen = new HashSet<>();
        for (String part : header.split("[,;]", -1)) {
            String[] sides = part.strip().split("=", 2);
            String name = sides[0].strip().toLowerCase(Locale.ROOT);
            String value = sides.length == 2 ? sides[1].strip() : "";
            if (!seen.add(name)) {
                throw new IllegalArgumentException("'" + name + "' is there twice");
            }
            switch (name) {
                case "error" -> error = value.toLowerCase(Locale.ROOT);
                case "retry-after" -> retryAfter = (int) whole(name, value, MAX_RETRY_SECONDS);
                case "ttft" -> start = time(name, value, MAX_START_MILLIS);
                case "itl" -> gap = time(name, value, MAX_GAP_MILLIS);
                case "cut" -> cut = (int) whole(name, value, MAX_TOKENS);
                case "kill" -> kill = (int) whole(name, value, MAX_TOKENS);
                case "hang" -> hangs = true;
                case "model" -> model = value;
                default -> throw new IllegalArgumentException("'" + name + "' is none of " + PARTS);
            }
        }
        return new AskedFault(
                seen.contains("error") ? refusal(error, retryAfter) : null, start, gap, cut, kill, hangs, model);
    }

    /// How the answer ends that is cut.
    static Refusal cut(int tokens) {
        return Refusal.of(
                Reason.INTERNAL, "stream_cut", "the answer was cut after " + tokens + " tokens, as asked for");
    }

    boolean isFor(String asked) {
        return model.isEmpty() || model.equals(asked);
    }

    private static Refusal refusal(String error, int retryAfter) {
        int status = NAMES.getOrDefault(error, 0);
        if (status == 0) {
            status = error.matches("\\d{3}") ? Integer.parseInt(error) : 0;
        }
        Reason reason = switch (status) {
            case 400 -> Reason.INVALID;
            case 401 -> Reason.UNAUTHENTICATED;
            case 403 -> Reason.FORBIDDEN;
            case 404 -> Reason.NOT_FOUND;
            case 429 -> Reason.EXHAUSTED;
            case 500 -> Reason.INTERNAL;
            case 503 -> Reason.UNAVAILABLE;
            case 504 -> Reason.DEADLINE;
            default ->
                throw new IllegalArgumentException("error '" + error
                        + "' is none of 400, 401, 403, 404, 429, 500, 503, 504 and "
                        + NAMES.keySet().stream().sorted().toList());
        };
        String code = switch (error) {
            case "context_length" -> "context_length_exceeded";
            case "invalid_api_key", "model_not_found" -> error;
            default -> "injected_" + reason.name().toLowerCase(Locale.ROOT);
        };
        return new Refusal(reason, code, "this failure was asked for by the header " + HEADER, retryAfter);
    }

    private static long whole(String name, String value, long most) {
        if (value.matches("\\d{1,9}")) {
            long number = Long.parseLong(value);
            if (number >= 1 && number <= most) {
                return number;
            }
        }
        throw new IllegalArgumentException(name + " '" + value + "' is no number of 1 to " + most);
    }

    private static long time(String name, String value, long mostMillis) {
        Matcher time = TIME.matcher(value);
        if (time.matches()) {
            long millis = Long.parseLong(time.group(1)) * (time.group(2).equals("s") ? 1_000 : 1);
            if (millis >= 1 && millis <= mostMillis) {
                return millis;
            }
        }
        throw new IllegalArgumentException(
                name + " '" + value + "' is no time such as 250ms or 2s, of 1 ms to " + mostMillis + " ms");
    }
}
