package dev.pagoda.vectors.grpc;

import static dev.pagoda.vectors.grpc.ValueTokens.malformed;
import static dev.pagoda.vectors.grpc.ValueTokens.numberField;
import static dev.pagoda.vectors.grpc.ValueTokens.textsField;
import static dev.pagoda.vectors.grpc.ValueTokens.unsignedField;

import com.fasterxml.jackson.core.JsonGenerator;
import io.qdrant.client.grpc.Common.Condition;
import io.qdrant.client.grpc.Common.DatetimeRange;
import io.qdrant.client.grpc.Common.FieldCondition;
import io.qdrant.client.grpc.Common.Filter;
import io.qdrant.client.grpc.Common.GeoLineString;
import io.qdrant.client.grpc.Common.GeoPoint;
import io.qdrant.client.grpc.Common.GeoPolygon;
import io.qdrant.client.grpc.Common.Match;
import io.qdrant.client.grpc.Common.Range;
import io.qdrant.client.grpc.Common.ValuesCount;
import java.io.IOException;
import java.util.List;

/// Filters as the bodies of the HTTP paths tell them.
final class FilterTokens {
    private FilterTokens() {}

    /// Writes nothing if there is no filter.
    static void field(JsonGenerator out, boolean isGiven, Filter filter) throws IOException {
        field(out, "filter", isGiven, filter);
    }

    static void field(JsonGenerator out, String name, boolean isGiven, Filter filter) throws IOException {
        if (isGiven) {
            out.writeFieldName(name);
            filter(out, filter);
        }
    }

    static void filter(JsonGenerator out, Filter filter) throws IOException {
        out.writeStartObject();
        clause(out, "must", filter.getMustList());
        clause(out, "should", filter.getShouldList());
        clause(out, "must_not", filter.getMustNotList());
        if (filter.hasMinShould()) {
            out.writeObjectFieldStart("min_should");
            conditions(out, "conditions", filter.getMinShould().getConditionsList());
            unsignedField(out, "min_count", filter.getMinShould().getMinCount());
            out.writeEndObject();
        }
        out.writeEndObject();
    }

    static void condition(JsonGenerator out, Condition condition) throws IOException {
        switch (condition.getConditionOneOfCase()) {
            case FIELD -> field(out, condition.getField());
            case FILTER -> filter(out, condition.getFilter());
            case IS_EMPTY -> key(out, "is_empty", condition.getIsEmpty().getKey());
            case IS_NULL -> key(out, "is_null", condition.getIsNull().getKey());
            case HAS_ID -> {
                out.writeStartObject();
                ValueTokens.idsField(out, "has_id", condition.getHasId().getHasIdList());
                out.writeEndObject();
            }
            case HAS_VECTOR -> {
                out.writeStartObject();
                out.writeStringField("has_vector", condition.getHasVector().getHasVector());
                out.writeEndObject();
            }
            case NESTED -> {
                out.writeStartObject();
                out.writeObjectFieldStart("nested");
                out.writeStringField("key", condition.getNested().getKey());
                field(
                        out,
                        condition.getNested().hasFilter(),
                        condition.getNested().getFilter());
                out.writeEndObject();
                out.writeEndObject();
            }
            case CONDITIONONEOF_NOT_SET -> throw malformed("a condition says nothing");
        }
    }

    private static void clause(JsonGenerator out, String name, List<Condition> conditions) throws IOException {
        if (!conditions.isEmpty()) {
            conditions(out, name, conditions);
        }
    }

    private static void conditions(JsonGenerator out, String name, List<Condition> conditions) throws IOException {
        out.writeArrayFieldStart(name);
        for (Condition condition : conditions) {
            condition(out, condition);
        }
        out.writeEndArray();
    }

    private static void key(JsonGenerator out, String test, String key) throws IOException {
        out.writeStartObject();
        out.writeObjectFieldStart(test);
        out.writeStringField("key", key);
        out.writeEndObject();
        out.writeEndObject();
    }

    /// Every test that the condition holds, each as one of its own: JSON has one `range` for numbers and times.
    private static void field(JsonGenerator out, FieldCondition condition) throws IOException {
        out.writeStartObject();
        out.writeArrayFieldStart("must");
        int tests = 0;
        if (condition.hasMatch()) {
            tests += test(out, condition, "match", () -> match(out, condition.getMatch()));
        }
        if (condition.hasRange()) {
            tests += test(out, condition, "range", () -> range(out, condition.getRange()));
        }
        if (condition.hasDatetimeRange()) {
            tests += test(out, condition, "range", () -> times(out, condition.getDatetimeRange()));
        }
        if (condition.hasGeoBoundingBox()) {
            tests += test(out, condition, "geo_bounding_box", () -> {
                out.writeStartObject();
                place(out, "top_left", condition.getGeoBoundingBox().getTopLeft());
                place(out, "bottom_right", condition.getGeoBoundingBox().getBottomRight());
                out.writeEndObject();
            });
        }
        if (condition.hasGeoRadius()) {
            tests += test(out, condition, "geo_radius", () -> {
                out.writeStartObject();
                place(out, "center", condition.getGeoRadius().getCenter());
                numberField(out, "radius", condition.getGeoRadius().getRadius());
                out.writeEndObject();
            });
        }
        if (condition.hasGeoPolygon()) {
            tests += test(out, condition, "geo_polygon", () -> polygon(out, condition.getGeoPolygon()));
        }
        if (condition.hasValuesCount()) {
            tests += test(out, condition, "values_count", () -> counts(out, condition.getValuesCount()));
        }
        if (condition.hasIsEmpty()) {
            tests += test(out, condition, "is_empty", () -> out.writeBoolean(condition.getIsEmpty()));
        }
        if (condition.hasIsNull()) {
            tests += test(out, condition, "is_null", () -> out.writeBoolean(condition.getIsNull()));
        }
        if (tests == 0) {
            throw malformed("the condition on `" + condition.getKey() + "` says nothing about its value");
        }
        out.writeEndArray();
        out.writeEndObject();
    }

    private interface Part {
        void write() throws IOException;
    }

    private static int test(JsonGenerator out, FieldCondition condition, String name, Part body) throws IOException {
        out.writeStartObject();
        out.writeStringField("key", condition.getKey());
        out.writeFieldName(name);
        body.write();
        out.writeEndObject();
        return 1;
    }

    private static void match(JsonGenerator out, Match match) throws IOException {
        out.writeStartObject();
        switch (match.getMatchValueCase()) {
            case KEYWORD -> out.writeStringField("value", match.getKeyword());
            case INTEGER -> out.writeNumberField("value", match.getInteger());
            case BOOLEAN -> out.writeBooleanField("value", match.getBoolean());
            case TEXT -> out.writeStringField("text", match.getText());
            case TEXT_ANY -> out.writeStringField("text_any", match.getTextAny());
            case PHRASE -> out.writeStringField("phrase", match.getPhrase());
            case KEYWORDS -> textsField(out, "any", match.getKeywords().getStringsList());
            case EXCEPT_KEYWORDS ->
                textsField(out, "except", match.getExceptKeywords().getStringsList());
            case INTEGERS -> numbers(out, "any", match.getIntegers().getIntegersList());
            case EXCEPT_INTEGERS ->
                numbers(out, "except", match.getExceptIntegers().getIntegersList());
            case MATCHVALUE_NOT_SET -> throw malformed("a match has no value");
        }
        out.writeEndObject();
    }

    private static void numbers(JsonGenerator out, String name, List<Long> numbers) throws IOException {
        out.writeArrayFieldStart(name);
        for (long number : numbers) {
            out.writeNumber(number);
        }
        out.writeEndArray();
    }

    private static void range(JsonGenerator out, Range range) throws IOException {
        out.writeStartObject();
        bound(out, "gt", range.hasGt(), range.getGt());
        bound(out, "gte", range.hasGte(), range.getGte());
        bound(out, "lt", range.hasLt(), range.getLt());
        bound(out, "lte", range.hasLte(), range.getLte());
        out.writeEndObject();
    }

    private static void bound(JsonGenerator out, String name, boolean isGiven, double bound) throws IOException {
        if (isGiven) {
            if (!Double.isFinite(bound)) {
                throw malformed("the bound " + name + " " + bound + " is not finite");
            }
            numberField(out, name, bound);
        }
    }

    private static void times(JsonGenerator out, DatetimeRange range) throws IOException {
        out.writeStartObject();
        if (range.hasGt()) {
            out.writeStringField("gt", ValueTokens.time(range.getGt()));
        }
        if (range.hasGte()) {
            out.writeStringField("gte", ValueTokens.time(range.getGte()));
        }
        if (range.hasLt()) {
            out.writeStringField("lt", ValueTokens.time(range.getLt()));
        }
        if (range.hasLte()) {
            out.writeStringField("lte", ValueTokens.time(range.getLte()));
        }
        out.writeEndObject();
    }

    private static void counts(JsonGenerator out, ValuesCount count) throws IOException {
        out.writeStartObject();
        if (count.hasGt()) {
            unsignedField(out, "gt", count.getGt());
        }
        if (count.hasGte()) {
            unsignedField(out, "gte", count.getGte());
        }
        if (count.hasLt()) {
            unsignedField(out, "lt", count.getLt());
        }
        if (count.hasLte()) {
            unsignedField(out, "lte", count.getLte());
        }
        out.writeEndObject();
    }

    private static void polygon(JsonGenerator out, GeoPolygon polygon) throws IOException {
        out.writeStartObject();
        out.writeFieldName("exterior");
        ring(out, polygon.getExterior());
        if (polygon.getInteriorsCount() > 0) {
            out.writeArrayFieldStart("interiors");
            for (GeoLineString ring : polygon.getInteriorsList()) {
                ring(out, ring);
            }
            out.writeEndArray();
        }
        out.writeEndObject();
    }

    private static void ring(JsonGenerator out, GeoLineString ring) throws IOException {
        out.writeStartObject();
        out.writeArrayFieldStart("points");
        for (GeoPoint point : ring.getPointsList()) {
            place(out, point);
        }
        out.writeEndArray();
        out.writeEndObject();
    }

    static void place(JsonGenerator out, String name, GeoPoint point) throws IOException {
        out.writeFieldName(name);
        place(out, point);
    }

    private static void place(JsonGenerator out, GeoPoint point) throws IOException {
        out.writeStartObject();
        numberField(out, "lon", point.getLon());
        numberField(out, "lat", point.getLat());
        out.writeEndObject();
    }
}
