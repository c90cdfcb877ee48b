package dev.pagoda.gateway.guard;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.pagoda.gateway.guard.GuardPolicy.Action;
import dev.pagoda.gateway.guard.GuardPolicy.Check;
import dev.pagoda.gateway.guard.GuardPolicy.Kind;
import dev.pagoda.gateway.schema.SchemaCheck;
import dev.pagoda.gateway.schema.SchemaFault;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;

/// The checks of one direction, ready for texts.
///
/// Pure: the same text has the same verdicts. Safe from any thread.
final class CheckList {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String REGION = "US";

    /// A check that finds places.
    private record Placed(String name, Action action, Finder finder) {}

    private record Sized(String name, Action action, int maxChars) {}

    private record Shaped(String name, Action action, SchemaCheck schema) {}

    private final String where;
    private final List<Placed> placed = new ArrayList<>();
    private final List<Sized> sized = new ArrayList<>();
    private final List<Shaped> shaped = new ArrayList<>();

    /// @param where how verdicts name the direction
    CheckList(String where, List<Check> checks) {
        this.where = where;
        for (Check check : checks) {
            Kind kind = Objects.requireNonNull(check.kind());
            String name = check.name() == null ? kind.name().toLowerCase(Locale.ROOT) : check.name();
            Action action = check.action() == null ? Action.BLOCK : check.action();
            switch (kind) {
                case PII -> {
                    Set<String> types = check.types() == null ? PersonalData.TYPES : check.types();
                    String region = check.region() == null ? REGION : check.region();
                    placed.add(new Placed(name, action, new PersonalData(types, region)));
                }
                case WORDS ->
                    placed.add(new Placed(name, action, new WordFinder(Objects.requireNonNull(check.words()))));
                case SIZE -> sized.add(new Sized(name, action, Objects.requireNonNull(check.maxChars())));
                case JSON_SCHEMA ->
                    shaped.add(new Shaped(name, action, SchemaCheck.of(Objects.requireNonNull(check.schema()))));
            }
        }
    }

    boolean isEmpty() {
        return placed.isEmpty() && sized.isEmpty() && shaped.isEmpty();
    }

    /// Whether a text can only be judged as a whole.
    boolean needsWhole() {
        return !shaped.isEmpty();
    }

    /// What a check found.
    record Hit(String check, Action action, Finding finding) {}

    /// A text that was judged.
    ///
    /// @param text      with what was masked
    /// @param verdicts  what was found
    /// @param isBlocked whether something blocks; then `text` ends before the first of that
    record Judged(String text, List<Verdict> verdicts, boolean isBlocked) {}

    /// All that has a place in a text, in order.
    List<Hit> hits(String text) {
        List<Hit> hits = new ArrayList<>();
        for (Placed check : placed) {
            for (Finding finding : check.finder().find(text)) {
                hits.add(new Hit(check.name(), check.action(), finding));
            }
        }
        hits.sort(Comparator.comparingInt(hit -> hit.finding().start()));
        return hits;
    }

    /// Characters at the end of a text which goes on that may be the begin of a finding.
    int window() {
        return placed.stream()
                .mapToInt(check -> check.finder().maxSpacedChars())
                .max()
                .orElse(0);
    }

    /// Up to where a text that goes on may be let go: what could still become a finding stays behind.
    int boundary(String text, List<Hit> hits, int from) {
        int boundary = text.length() - window();
        if (boundary <= from) {
            return from;
        }
        int run = boundary;
        while (run > from && !Character.isWhitespace(text.charAt(run - 1))) {
            run--;
        }
        boolean goesOn = text.substring(boundary).chars().noneMatch(Character::isWhitespace);
        int longest = placed.stream()
                .mapToInt(check -> check.finder().maxChars())
                .max()
                .orElse(0);
        if (goesOn && text.length() - run <= longest) {
            boundary = run;
        }
        for (boolean isMoved = true; isMoved; ) {
            isMoved = false;
            for (Hit hit : hits) {
                if (hit.finding().start() < boundary && hit.finding().end() > boundary) {
                    boundary = hit.finding().start();
                    isMoved = true;
                }
            }
        }
        // a pair of surrogates stays together
        if (boundary > from && boundary < text.length() && Character.isLowSurrogate(text.charAt(boundary))) {
            boundary--;
        }
        return Math.max(from, boundary);
    }

    /// Judges a part of a text.
    ///
    /// @param from  what stands before was judged already and only gives context
    /// @param until what stands behind is not judged yet; no finding lies across
    Judged judge(String text, List<Hit> hits, int from, int until) {
        List<Verdict> verdicts = new ArrayList<>();
        var result = new StringBuilder();
        int at = from;
        for (Hit hit : hits) {
            Finding finding = hit.finding();
            if (finding.start() < from || finding.start() >= until) {
                continue;
            }
            verdicts.add(new Verdict(where, hit.check(), finding.what(), hit.action()));
            if (hit.action() == Action.BLOCK) {
                return new Judged(
                        result.append(text, at, Math.max(at, finding.start())).toString(), verdicts, true);
            }
            if (hit.action() == Action.MASK && finding.end() > at) {
                result.append(text, at, Math.max(at, finding.start()))
                        .append('[')
                        .append(finding.what().toUpperCase(Locale.ROOT))
                        .append(']');
                at = finding.end();
            }
        }
        return new Judged(result.append(text, Math.min(at, until), until).toString(), verdicts, false);
    }

    Optional<Verdict> tooLong(long chars) {
        return sized.stream()
                .filter(check -> chars > check.maxChars())
                .findFirst()
                .map(check -> new Verdict(where, check.name(), "size", check.action()));
    }

    List<Verdict> misshaped(String whole) {
        List<Verdict> verdicts = new ArrayList<>();
        for (Shaped check : shaped) {
            if (!keeps(check.schema(), whole)) {
                verdicts.add(new Verdict(where, check.name(), "json_schema", check.action()));
            }
        }
        return verdicts;
    }

    private static boolean keeps(SchemaCheck schema, String whole) {
        try {
            return schema.fault(JSON.readTree(whole)).isEmpty();
        } catch (JsonProcessingException | SchemaFault notJson) {
            return false;
        }
    }
}
