package dev.pagoda.gateway.study;

import com.fasterxml.jackson.databind.JsonNode;
import dev.pagoda.gateway.engine.Prompt;
import java.nio.file.Path;
import java.time.LocalDateTime;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeParseException;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;

/// Reads traces of requests; which of four formats a file has shows in its first line:
/// Azure's CSV (`TIMESTAMP,ContextTokens,GeneratedTokens`), Mooncake's JSON lines (`timestamp`, `hash_ids`),
/// LLMServingSim's JSON lines (`arrival_time_ns`, `input_tok_ids`) and request logs of vLLM (`queued_ts`).
public final class TraceReader {
    /// Tokens that one of Mooncake's hashes stands for.
    private static final int MOONCAKE_PIECE = 512;

    private static final long MAX_TOKENS = 10_000_000;
    private static final String AZURE_HEADER = "TIMESTAMP,ContextTokens,GeneratedTokens";
    private static final DateTimeFormatter AZURE_TIME =
            DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm:ss[.SSSSSSS][.SSSSSS][.SSS]", Locale.ROOT);

    private static final LocalDateTime EPOCH = LocalDateTime.of(1970, 1, 1, 0, 0);

    private TraceReader() {}

    /// @return in order of arrival, the first at 0 or later
    /// @throws TraceFault if the file cannot be read as a trace
    public static List<TimedRequest> read(Path file) {
        TraceLines lines = TraceLines.read(file);
        if (lines.count() == 0) {
            throw new TraceFault(file + " is empty, expected a trace");
        }
        String first = lines.line(0).strip();
        List<TimedRequest> requests;
        if (first.equals(AZURE_HEADER)) {
            requests = azure(lines);
        } else if (first.startsWith("{")) {
            JsonNode node = lines.json(0);
            if (node.has("hash_ids")) {
                requests = mooncake(lines);
            } else if (node.has("arrival_time_ns")) {
                requests = llmServingSim(lines);
            } else if (node.has("queued_ts")) {
                requests = RequestLog.read(file).requests();
            } else {
                throw lines.broken(
                        0,
                        "expected hash_ids (Mooncake), arrival_time_ns (LLMServingSim) or queued_ts (vLLM), and the"
                                + " object has none of them");
            }
        } else {
            throw lines.broken(0, "expected a JSON object or the header " + AZURE_HEADER);
        }
        if (requests.isEmpty()) {
            throw new TraceFault(file + " has no requests");
        }
        // a stable sort: those of one instant stay in the order of the file
        return requests.stream()
                .sorted(Comparator.comparingLong(TimedRequest::arrivalNanos))
                .toList();
    }

    private static List<TimedRequest> azure(TraceLines lines) {
        var requests = new ArrayList<TimedRequest>();
        long begin = 0;
        for (int i = 1; i < lines.count(); i++) {
            if (lines.line(i).isBlank()) {
                continue;
            }
            String[] cells = lines.line(i).split(",", -1);
            if (cells.length != 3) {
                throw lines.broken(i, "expected 3 cells, found " + cells.length);
            }
            long at = instant(lines, i, cells[0]);
            if (requests.isEmpty()) {
                begin = at;
            }
            if (at < begin) {
                throw lines.broken(i, "expected a TIMESTAMP no earlier than the first line's");
            }
            int prompt = (int) lines.whole(cells[1], i, "ContextTokens", 1, MAX_TOKENS);
            int output = (int) lines.whole(cells[2], i, "GeneratedTokens", 1, MAX_TOKENS);
            requests.add(new TimedRequest(at - begin, Prompt.of(prompt), output));
        }
        return requests;
    }

    private static long instant(TraceLines lines, int index, String text) {
        try {
            LocalDateTime time = LocalDateTime.parse(text.strip(), AZURE_TIME);
            return ChronoUnit.NANOS.between(EPOCH, time);
        } catch (DateTimeParseException e) {
            throw lines.broken(index, "expected a TIMESTAMP like 2023-11-16 18:17:03.9799600, not '" + text + "'");
        }
    }

    private static List<TimedRequest> mooncake(TraceLines lines) {
        var requests = new ArrayList<TimedRequest>();
        for (int i = 0; i < lines.count(); i++) {
            if (lines.line(i).isBlank()) {
                continue;
            }
            JsonNode node = lines.json(i);
            long millis = lines.whole(node, i, "timestamp", 0, Long.MAX_VALUE / 2_000_000);
            int prompt = (int) lines.whole(node, i, "input_length", 1, MAX_TOKENS);
            int output = (int) lines.whole(node, i, "output_length", 1, MAX_TOKENS);
            JsonNode ids = node.get("hash_ids");
            if (ids == null || !ids.isArray()) {
                throw lines.broken(i, "expected an array in \"hash_ids\"");
            }
            int wanted = Math.ceilDiv(prompt, MOONCAKE_PIECE);
            if (ids.size() != wanted) {
                throw lines.broken(
                        i,
                        "expected " + wanted + " hash_ids, one for each " + MOONCAKE_PIECE + " of " + prompt
                                + " tokens, not " + ids.size());
            }
            long[] pieces = new long[ids.size()];
            for (int j = 0; j < pieces.length; j++) {
                if (!ids.get(j).isIntegralNumber()) {
                    throw lines.broken(i, "expected whole numbers in \"hash_ids\", not " + ids.get(j));
                }
                pieces[j] = ids.get(j).asLong();
            }
            requests.add(new TimedRequest(millis * 1_000_000, Prompt.ofPieces(prompt, pieces, MOONCAKE_PIECE), output));
        }
        return requests;
    }

    private static List<TimedRequest> llmServingSim(TraceLines lines) {
        var requests = new ArrayList<TimedRequest>();
        for (int i = 0; i < lines.count(); i++) {
            if (lines.line(i).isBlank()) {
                continue;
            }
            JsonNode node = lines.json(i);
            long nanos = lines.whole(node, i, "arrival_time_ns", 0, Long.MAX_VALUE / 2);
            int prompt = (int) lines.whole(node, i, "input_toks", 1, MAX_TOKENS);
            int output = (int) lines.whole(node, i, "output_toks", 1, MAX_TOKENS);
            JsonNode ids = node.get("input_tok_ids");
            if (ids == null || !ids.isArray()) {
                requests.add(new TimedRequest(nanos, Prompt.of(prompt), output));
                continue;
            }
            if (ids.size() != prompt) {
                throw lines.broken(i, "input_tok_ids has " + ids.size() + " ids, expected input_toks = " + prompt);
            }
            int[] tokens = new int[ids.size()];
            for (int j = 0; j < tokens.length; j++) {
                tokens[j] = ids.get(j).asInt();
            }
            requests.add(new TimedRequest(nanos, Prompt.ofTokens(tokens), output));
        }
        return requests;
    }
}
