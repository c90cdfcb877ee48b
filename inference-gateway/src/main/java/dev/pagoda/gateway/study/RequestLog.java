package dev.pagoda.gateway.study;

import com.fasterxml.jackson.databind.JsonNode;
import dev.pagoda.gateway.engine.Prompt;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// A log of what a real vLLM did: one JSON object a line with `input_toks`, `output_toks`, `arrival_time` (seconds of
/// the wall clock, optional) and the engine's own times in seconds of another clock, `queued_ts`, `first_token_ts` and
/// `last_token_ts`.
///
/// The two clocks are joined where they were nearest: at the request that reached the engine soonest.
public final class RequestLog {
    private static final long MAX_TOKENS = 10_000_000;

    /// One request.
    ///
    /// @param arrivalSeconds since the first arrival
    /// @param ttftSeconds    from arrival to the first token
    /// @param e2eSeconds     from arrival to the last
    public record Logged(
            double arrivalSeconds, int promptTokens, int outputTokens, double ttftSeconds, double e2eSeconds) {
        /// NaN when there is only one token.
        double tpotSeconds() {
            return outputTokens < 2 ? Double.NaN : (e2eSeconds - ttftSeconds) / (outputTokens - 1);
        }
    }

    private final Path file;
    private final List<Logged> logged;

    private RequestLog(Path file, List<Logged> logged) {
        this.file = file;
        this.logged = logged;
    }

    /// @throws TraceFault if the file is not such a log
    public static RequestLog read(Path file) {
        TraceLines lines = TraceLines.read(file);
        record Line(double arrival, double queued, double first, double last, int prompt, int output) {}
        var rows = new ArrayList<Line>();
        double offset = Double.MAX_VALUE;
        double begin = Double.MAX_VALUE;
        for (int i = 0; i < lines.count(); i++) {
            if (lines.line(i).isBlank()) {
                continue;
            }
            JsonNode node = lines.json(i);
            double queued = lines.number(node, i, "queued_ts");
            double first = lines.number(node, i, "first_token_ts");
            double last = lines.number(node, i, "last_token_ts");
            if (first < queued || last < first) {
                throw lines.broken(
                        i,
                        "expected queued_ts <= first_token_ts <= last_token_ts, found " + queued + ", " + first
                                + " and " + last);
            }
            double arrival = node.has("arrival_time") ? lines.number(node, i, "arrival_time") : queued;
            offset = Math.min(offset, queued - arrival);
            begin = Math.min(begin, arrival);
            rows.add(new Line(
                    arrival, queued, first, last, (int) lines.whole(node, i, "input_toks", 1, MAX_TOKENS), (int)
                            lines.whole(node, i, "output_toks", 1, MAX_TOKENS)));
        }
        if (rows.isEmpty()) {
            throw new TraceFault(file + " has no requests");
        }
        var logged = new ArrayList<Logged>();
        for (Line row : rows) {
            double arrived = row.arrival() + offset;
            logged.add(new Logged(
                    row.arrival() - begin, row.prompt(), row.output(), row.first() - arrived, row.last() - arrived));
        }
        return new RequestLog(file, logged);
    }

    public Path file() {
        return file;
    }

    public List<Logged> logged() {
        return List.copyOf(logged);
    }

    /// The requests as a trace; their prompts are like no other, for the log does not tell their tokens.
    public List<TimedRequest> requests() {
        return logged.stream()
                .map(each -> new TimedRequest(
                        nanos(each.arrivalSeconds()), Prompt.of(each.promptTokens()), each.outputTokens()))
                .toList();
    }

    /// The same requests with the arrivals of this log, if it is a log of them.
    ///
    /// @throws TraceFault if it has other requests
    public List<TimedRequest> withArrivals(List<TimedRequest> trace) {
        if (trace.size() != logged.size()) {
            throw new TraceFault(file + " has " + logged.size() + " requests, and the trace has " + trace.size());
        }
        var timed = new ArrayList<TimedRequest>();
        for (int i = 0; i < trace.size(); i++) {
            TimedRequest asked = trace.get(i);
            Logged done = logged.get(i);
            if (asked.prompt().tokens() != done.promptTokens() || asked.outputTokens() != done.outputTokens()) {
                throw new TraceFault(file + " request " + (i + 1) + " has " + done.promptTokens() + " and "
                        + done.outputTokens() + " tokens, and the trace's has "
                        + asked.prompt().tokens() + " and " + asked.outputTokens());
            }
            timed.add(new TimedRequest(nanos(done.arrivalSeconds()), asked.prompt(), asked.outputTokens()));
        }
        return timed;
    }

    private static long nanos(double seconds) {
        return Math.round(seconds * 1e9);
    }
}
