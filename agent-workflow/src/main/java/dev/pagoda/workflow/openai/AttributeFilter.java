package dev.pagoda.workflow.openai;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;
import java.util.Locale;
import java.util.stream.StreamSupport;

/// What the attributes of a file must be like for its passages to be found.
sealed interface AttributeFilter {
    /// Most conditions of a filter.
    int MAX_CONDITIONS = 100;

    int MAX_DEPTH = 8;

    boolean matches(JsonNode attributes);

    /// All of them, or any.
    record Compound(boolean isAll, List<AttributeFilter> parts) implements AttributeFilter {
        @Override
        public boolean matches(JsonNode attributes) {
            return isAll
                    ? parts.stream().allMatch(part -> part.matches(attributes))
                    : parts.stream().anyMatch(part -> part.matches(attributes));
        }
    }

    /// One attribute against a value. An attribute that is not there equals nothing and is neither less nor greater.
    record Comparison(String key, Operator operator, JsonNode value) implements AttributeFilter {
        @Override
        public boolean matches(JsonNode attributes) {
            JsonNode own = attributes.path(key);
            return switch (operator) {
                case EQ -> isEqual(own, value);
                case NE -> !isEqual(own, value);
                case GT -> isOrdered(own) && compare(own) > 0;
                case GTE -> isOrdered(own) && compare(own) >= 0;
                case LT -> isOrdered(own) && compare(own) < 0;
                case LTE -> isOrdered(own) && compare(own) <= 0;
                case IN -> isAnyOf(own);
                case NIN -> !isAnyOf(own);
            };
        }

        private static boolean isEqual(JsonNode a, JsonNode b) {
            return (a.isNumber() && b.isNumber()) ? a.doubleValue() == b.doubleValue() : a.equals(b);
        }

        private boolean isAnyOf(JsonNode own) {
            return StreamSupport.stream(value.spliterator(), false).anyMatch(each -> isEqual(own, each));
        }

        private boolean isOrdered(JsonNode own) {
            return (own.isNumber() && value.isNumber()) || (own.isTextual() && value.isTextual());
        }

        private int compare(JsonNode own) {
            return own.isNumber()
                    ? Double.compare(own.doubleValue(), value.doubleValue())
                    : own.textValue().compareTo(value.textValue());
        }
    }

    /// How an attribute is compared.
    enum Operator {
        EQ,
        NE,
        GT,
        GTE,
        LT,
        LTE,
        IN,
        NIN
    }

    /// @throws dev.pagoda.governance.bus.Refused if it is none
    static AttributeFilter of(Body body) {
        return of(body, MAX_DEPTH, new int[] {MAX_CONDITIONS});
    }

    private static AttributeFilter of(Body body, int depth, int[] left) {
        if (depth == 0 || left[0]-- == 0) {
            throw Body.invalid("The filters are nested more than " + MAX_DEPTH + " deep or have more than "
                    + MAX_CONDITIONS + " conditions.");
        }
        String type = body.required("type", 8);
        return switch (type) {
            case "and", "or" ->
                new Compound(
                        type.equals("and"),
                        body.objects("filters", MAX_CONDITIONS).stream()
                                .map(part -> of(part, depth - 1, left))
                                .toList());
            case "eq", "ne", "gt", "gte", "lt", "lte" -> comparison(body, type, false);
            case "in", "nin" -> comparison(body, type, true);
            default -> throw body.wrong("type", "one of eq, ne, gt, gte, lt, lte, in, nin, and, or");
        };
    }

    private static Comparison comparison(Body body, String type, boolean isList) {
        JsonNode value = body.node().path("value");
        boolean isScalar = value.isTextual() || value.isNumber() || value.isBoolean();
        if (isList ? !value.isArray() || value.size() > MAX_CONDITIONS : !isScalar) {
            throw body.wrong("value", isList ? "an array of values" : "a string, a number or a boolean");
        }
        return new Comparison(body.required("key", 64), Operator.valueOf(type.toUpperCase(Locale.ROOT)), value);
    }
}
