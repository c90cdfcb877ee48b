package dev.pagoda.gateway.schema;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.github.curiousoddman.rgxgen.RgxGen;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.RoundingMode;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.UUID;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// Texts, numbers and flags for a schema: stated ones where there are any, else made up by name and seed.
final class Scalars {
    private static final int MAX_TEXT = 4_000;
    /// The larger bound of a repetition, or its only one.
    private static final Pattern REPETITION = Pattern.compile("\\{(?:\\d{0,9},)?(\\d+)\\}|\\{(\\d+),\\}");

    /// Words of names that ask for the whole text.
    private static final Set<String> WHOLE = Set.of(
            "query", "question", "text", "prompt", "input", "message", "content", "request", "search", "body", "task");

    private static final Set<String> EXPRESSIONS = Set.of("expression", "formula", "equation", "calculation");

    private final Facts facts;
    private final SplittableRandom random;
    private final Set<String> usedNumbers = new HashSet<>();
    /// Numbers so far: each is made up a little larger, so that they differ sooner or later.
    private int made = -1;

    private int nextName;
    private int nextQuotation;

    Scalars(Facts facts, SplittableRandom random, int skippedNames) {
        this.facts = facts;
        this.random = random;
        this.nextName = skippedNames;
    }

    boolean flag(String name) {
        if (facts.mentions("not " + name) || facts.mentions("no " + name)) {
            return false;
        }
        Optional<String> stated = facts.statedOf(name).map(said -> said.toLowerCase(Locale.ROOT));
        return stated.map(said -> !said.startsWith("no") && !said.startsWith("false"))
                .orElseGet(() -> facts.mentions(name) || random.nextBoolean());
    }

    JsonNode integer(JsonNode schema, String name) {
        BigInteger value = bounded(schema, name, true).toBigInteger();
        if (value.bitLength() < Integer.SIZE) {
            return JsonNodeFactory.instance.numberNode(value.intValue());
        }
        return value.bitLength() < Long.SIZE
                ? JsonNodeFactory.instance.numberNode(value.longValue())
                : JsonNodeFactory.instance.numberNode(value);
    }

    JsonNode number(JsonNode schema, String name) {
        return JsonNodeFactory.instance.numberNode(bounded(schema, name, false));
    }

    private BigDecimal bounded(JsonNode schema, String name, boolean isWhole) {
        BigDecimal unit = isWhole ? BigDecimal.ONE : new BigDecimal("0.1");
        BigDecimal step = schema.path("multipleOf").isNumber()
                        && schema.path("multipleOf").decimalValue().signum() > 0
                ? schema.path("multipleOf").decimalValue()
                : unit;
        BigDecimal least = limit(schema, "minimum", "exclusiveMinimum", unit);
        BigDecimal most = limit(schema, "maximum", "exclusiveMaximum", unit.negate());
        made++;
        BigDecimal wanted = stated(name, isWhole)
                .orElseGet(() -> middle(
                        least, most, isWhole ? random.nextInt(1, 10) + made : random.nextInt(10, 100) / 10.0 + made));
        BigDecimal held = least != null && wanted.compareTo(least) < 0
                ? least
                : most != null && wanted.compareTo(most) > 0 ? most : wanted;
        if (!isWhole && !schema.has("multipleOf")) {
            return held;
        }
        BigDecimal fitted = held.divide(step, 0, RoundingMode.CEILING).multiply(step);
        return most != null && fitted.compareTo(most) > 0 ? fitted.subtract(step) : fitted;
    }

    private static @Nullable BigDecimal limit(JsonNode schema, String name, String exclusive, BigDecimal inward) {
        if (schema.path(exclusive).isNumber()) {
            return schema.path(exclusive).decimalValue().add(inward);
        }
        return schema.path(name).isNumber() ? schema.path(name).decimalValue() : null;
    }

    private static BigDecimal middle(@Nullable BigDecimal least, @Nullable BigDecimal most, double otherwise) {
        if (least != null && most != null) {
            return least.add(most.subtract(least).multiply(BigDecimal.valueOf(Math.min(1, otherwise / 12))));
        }
        BigDecimal from = BigDecimal.valueOf(otherwise);
        return least != null ? least.add(from) : from;
    }

    private Optional<BigDecimal> stated(String name, boolean isWhole) {
        Optional<String> near = facts.numberNear(name)
                .filter(number -> !isWhole || !number.contains("."))
                .or(() -> facts.numbers().stream()
                        .filter(number -> !usedNumbers.contains(number))
                        .filter(number -> !isWhole || !number.contains("."))
                        .findFirst());
        near.ifPresent(usedNumbers::add);
        return near.map(BigDecimal::new);
    }

    String text(JsonNode schema, String name) {
        if (schema.path("pattern").isTextual()) {
            return matching(schema.path("pattern").textValue(), random);
        }
        String text = schema.path("format").isTextual()
                ? formatted(schema.path("format").textValue(), name)
                : plain(name);
        int most = schema.path("maxLength").asInt(MAX_TEXT);
        int least = Math.min(schema.path("minLength").asInt(0), MAX_TEXT);
        if (text.codePointCount(0, text.length()) > most) {
            text = text.substring(0, text.offsetByCodePoints(0, Math.max(0, most)));
        }
        var longer = new StringBuilder(text);
        while (longer.codePointCount(0, longer.length()) < least) {
            longer.append(longer.isEmpty() ? "x" : ".");
        }
        return longer.toString();
    }

    /// A text for a name without further rules.
    String plain(String name) {
        List<String> words = Facts.words(name);
        Optional<String> stated = name.isEmpty() ? Optional.empty() : facts.statedOf(name);
        if (stated.isPresent()) {
            return stated.get();
        }
        if (words.stream().anyMatch(EXPRESSIONS::contains)) {
            return expression();
        }
        if (words.stream().anyMatch(WHOLE::contains)) {
            return shortened(facts.text().strip());
        }
        if (words.contains("date") || words.contains("day")) {
            return first(facts.dates()).orElseGet(this::date);
        }
        if (words.contains("email")) {
            return first(facts.emails()).orElse("someone@example.com");
        }
        if (words.contains("url") || words.contains("uri") || words.contains("link")) {
            return first(facts.links()).orElse("https://example.com/");
        }
        if (nextName < facts.names().size()) {
            return facts.names().get(nextName++);
        }
        if (nextQuotation < facts.quotations().size()) {
            return facts.quotations().get(nextQuotation++);
        }
        if (!facts.names().isEmpty()) {
            return facts.names().getLast();
        }
        return words.isEmpty()
                ? shortened(facts.text().strip())
                : String.join(" ", words) + " " + random.nextInt(1, 100);
    }

    private String expression() {
        String found = facts.text().replaceAll("[^0-9+*/().^ -]", " ").strip().replaceAll("\\s+", " ");
        return found.matches(".*\\d.*") ? found : shortened(facts.text().strip());
    }

    private static String shortened(String text) {
        int end = text.indexOf('\n') > 0 ? text.indexOf('\n') : text.length();
        return text.substring(0, Math.min(end, 200));
    }

    private String formatted(String format, String name) {
        return switch (format) {
            case "date" -> first(facts.dates()).orElseGet(this::date);
            case "date-time" -> first(facts.dates()).orElseGet(this::date) + "T" + time() + "Z";
            case "time" -> time() + "Z";
            case "duration" -> "PT" + random.nextInt(1, 60) + "M";
            case "email", "idn-email" -> first(facts.emails()).orElse("someone@example.com");
            case "hostname", "idn-hostname" -> "host" + random.nextInt(1, 100) + ".example.com";
            case "ipv4" -> "192.0.2." + random.nextInt(1, 255);
            case "ipv6" -> "2001:db8::" + Integer.toHexString(random.nextInt(1, 65_536));
            case "uri", "iri", "url", "uri-reference", "iri-reference" ->
                first(facts.links()).orElse("https://example.com/" + random.nextInt(1, 1_000));
            case "uuid" ->
                new UUID((random.nextLong() & ~0xF000L) | 0x4000L, (random.nextLong() >>> 2) | (1L << 63)).toString();
            case "json-pointer" -> "/" + String.join("_", Facts.words(name));
            case "regex" -> ".*";
            default -> plain(name);
        };
    }

    private String date() {
        return "20%02d-%02d-%02d".formatted(random.nextInt(20, 30), random.nextInt(1, 13), random.nextInt(1, 29));
    }

    private String time() {
        return "%02d:%02d:%02d".formatted(random.nextInt(24), random.nextInt(60), random.nextInt(60));
    }

    static String matching(String pattern, SplittableRandom random) {
        String plain = pattern.startsWith("^") ? pattern.substring(1) : pattern;
        boolean ends = plain.endsWith("$") && !plain.endsWith("\\$");
        double repeated = 1;
        for (Matcher times = REPETITION.matcher(pattern); times.find(); ) {
            String bound = times.group(1) == null ? times.group(2) : times.group(1);
            repeated *= Math.max(1, Double.parseDouble(bound));
        }
        if (repeated > MAX_TEXT) {
            throw new SchemaFault("the pattern '" + pattern + "' repeats more than " + MAX_TEXT + " times");
        }
        try {
            return RgxGen.parse(ends ? plain.substring(0, plain.length() - 1) : plain)
                    .generate(random);
        } catch (RuntimeException unreadable) {
            throw new SchemaFault("no text was found for the pattern '" + pattern + "'");
        }
    }

    private static Optional<String> first(List<String> found) {
        return found.stream().findFirst();
    }
}
