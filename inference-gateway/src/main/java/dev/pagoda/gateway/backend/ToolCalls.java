package dev.pagoda.gateway.backend;

import com.fasterxml.jackson.databind.JsonNode;
import dev.pagoda.gateway.backend.Tools.Choice;
import dev.pagoda.gateway.backend.Tools.Tool;
import dev.pagoda.gateway.schema.Facts;
import dev.pagoda.gateway.schema.SchemaCheck;
import dev.pagoda.gateway.schema.SchemaFault;
import dev.pagoda.gateway.schema.SchemaWriter;
import dev.pagoda.governance.bus.Refusal.Reason;
import dev.pagoda.governance.bus.Refused;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.regex.Pattern;

/// Which tools a simulated model calls, and with what: those whose names and descriptions share words with the
/// question, once for each of the names that the question lists. Pure.
final class ToolCalls {
    private static final int MAX_CALLS = 8;
    /// A shared word of a tool's name counts this much, one of its description 1.
    private static final int NAME_WEIGHT = 2;

    private static final int MIN_SCORE = 2;
    private static final int ID_CHARS = 24;
    private static final String ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    private static final Pattern LISTING =
            Pattern.compile("\\s*(?:,|and|or|&|/|vs\\.?|versus|、|和|与|及|,\\s*and|,\\s*or)\\s*(?:in\\s+|for\\s+)?");

    private ToolCalls() {}

    /// @param choice which of the request's choices
    /// @throws Refused if a function's parameters are no schema, or one that cannot be kept
    static List<Segment.Call> of(ChatRequest request, Facts facts, int choice, long seed) {
        Tools tools = request.tools();
        if (!tools.isUsable()) {
            return List.of();
        }
        tools.list().forEach(ToolCalls::check);
        boolean isAnswered = request.messages().getLast().role() == Role.TOOL;
        List<Tool> chosen = switch (tools.choice()) {
            case Choice.None() -> List.of();
            case Choice.Auto() -> isAnswered ? List.of() : relevant(tools.list(), facts, false);
            case Choice.Required() -> relevant(tools.list(), facts, true);
            case Choice.Named(String name) -> named(tools.list(), Set.of(name));
            case Choice.Allowed(Set<String> names, boolean required) ->
                isAnswered && !required ? List.of() : relevant(named(tools.list(), names), facts, required);
        };
        var calls = new ArrayList<Segment.Call>();
        var random = new SplittableRandom(31L * request.requestId().hashCode() + choice);
        for (Tool tool : tools.parallel() ? chosen : chosen.stream().limit(1).toList()) {
            for (String arguments : arguments(tool, facts, seed, tools.parallel())) {
                if (calls.size() < MAX_CALLS) {
                    calls.add(new Segment.Call(
                            calls.size(), id(random), tool.name(), tool instanceof Tool.Custom, arguments));
                }
            }
        }
        return calls;
    }

    private static void check(Tool tool) {
        if (tool instanceof Tool.Function function) {
            try {
                SchemaCheck.of(function.parameters());
            } catch (SchemaFault fault) {
                throw refused(tool, fault);
            }
        }
    }

    private static Refused refused(Tool tool, SchemaFault fault) {
        return new Refused(
                Reason.INVALID,
                "invalid_function_parameters",
                "Invalid schema for function '" + tool.name() + "': " + fault.what());
    }

    private static List<Tool> named(List<Tool> tools, Set<String> names) {
        return tools.stream().filter(tool -> names.contains(tool.name())).toList();
    }

    /// Tools that fit the question, best first; the best of all if one is required.
    private static List<Tool> relevant(List<Tool> tools, Facts facts, boolean required) {
        record Scored(Tool tool, int byName, int score) {}
        Set<String> asked = Terms.of(facts.text());
        List<Scored> scored = tools.stream()
                .map(tool -> {
                    int byName = shared(asked, Terms.of(String.join(" ", Facts.words(tool.name()))));
                    return new Scored(tool, byName, NAME_WEIGHT * byName + shared(asked, Terms.of(tool.description())));
                })
                .sorted(Comparator.comparingInt((Scored one) -> -one.score()))
                .toList();
        List<Tool> fitting = new ArrayList<>();
        int best = scored.getFirst().score();
        for (Scored one : scored) {
            boolean isBest = fitting.isEmpty() && one.score() >= MIN_SCORE;
            boolean isNamed = one.byName() > 0 && 2 * one.score() >= best;
            if (isBest || isNamed) {
                fitting.add(one.tool());
            }
        }
        return fitting.isEmpty() && required ? List.of(scored.getFirst().tool()) : fitting;
    }

    private static int shared(Set<String> asked, Set<String> terms) {
        int shared = 0;
        for (String term : terms) {
            shared += asked.contains(term) ? 1 : 0;
        }
        return shared;
    }

    private static Set<String> arguments(Tool tool, Facts facts, long seed, boolean parallel) {
        return switch (tool) {
            case Tool.Custom custom -> Set.of(custom(custom, facts, seed));
            case Tool.Function function -> {
                var distinct = new LinkedHashSet<String>();
                int count = parallel ? listed(facts) : 1;
                for (int i = 0; i < count; i++) {
                    distinct.add(filled(function, facts, seed, i));
                }
                yield distinct;
            }
        };
    }

    private static String filled(Tool.Function function, Facts facts, long seed, int skippedNames) {
        JsonNode parameters = function.parameters();
        try {
            return SchemaWriter.write(parameters, facts, seed, skippedNames).toString();
        } catch (SchemaFault fault) {
            throw refused(function, fault);
        }
    }

    private static String custom(Tool.Custom tool, Facts facts, long seed) {
        if (tool.grammar().isEmpty()) {
            return facts.text().strip();
        }
        try {
            return SchemaWriter.matching(tool.grammar(), seed);
        } catch (SchemaFault fault) {
            throw refused(tool, fault);
        }
    }

    /// How many names in a row the text lists, such as 3 in "Paris, Rome and Oslo"; 1 when it lists none.
    private static int listed(Facts facts) {
        List<String> names = facts.names();
        int at = 0;
        int run = 1;
        for (int i = 0; i + 1 < names.size() && run < MAX_CALLS; i++) {
            int end = facts.text().indexOf(names.get(i), at) + names.get(i).length();
            int next = facts.text().indexOf(names.get(i + 1), end);
            if (next < 0 || !LISTING.matcher(facts.text().substring(end, next)).matches()) {
                break;
            }
            at = next;
            run++;
        }
        return run;
    }

    private static String id(SplittableRandom random) {
        var id = new StringBuilder("call_");
        for (int i = 0; i < ID_CHARS; i++) {
            id.append(ALPHABET.charAt(random.nextInt(ALPHABET.length())));
        }
        return id.toString();
    }
}
