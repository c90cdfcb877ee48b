package dev.pagoda.vectors.qdrant;

import com.fasterxml.jackson.core.JsonGenerator;
import dev.pagoda.vectors.api.Condition;
import dev.pagoda.vectors.api.Condition.Match;
import dev.pagoda.vectors.api.Filter;
import dev.pagoda.vectors.api.GeoArea;
import dev.pagoda.vectors.api.GeoPoint;
import dev.pagoda.vectors.api.PointId;
import java.io.IOException;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Set;
import java.util.function.LongFunction;
import org.jspecify.annotations.Nullable;

/// Writes filters as a Qdrant server reads them.
final class FilterJson {
    private FilterJson() {}

    static void write(JsonGenerator out, Filter filter) throws IOException {
        out.writeStartObject();
        clause(out, "must", filter.must());
        clause(out, "should", filter.should());
        clause(out, "must_not", filter.mustNot());
        Filter.MinShould least = filter.minShould();
        if (least != null) {
            out.writeObjectFieldStart("min_should");
            clause(out, "conditions", least.conditions());
            out.writeNumberField("min_count", least.count());
            out.writeEndObject();
        }
        out.writeEndObject();
    }

    private static void clause(JsonGenerator out, String name, List<Condition> conditions) throws IOException {
        if (!conditions.isEmpty()) {
            out.writeArrayFieldStart(name);
            for (Condition condition : conditions) {
                condition(out, condition);
            }
            out.writeEndArray();
        }
    }

    private static void condition(JsonGenerator out, Condition condition) throws IOException {
        if (condition instanceof Condition.Sub(Filter inner)) {
            write(out, inner);
            return;
        }
        out.writeStartObject();
        switch (condition) {
            case Condition.Matches(var key, Match match) -> {
                out.writeStringField("key", key.text());
                out.writeObjectFieldStart("match");
                match(out, match);
                out.writeEndObject();
            }
            case Condition.NumberWithin(var key, Double above, Double atLeast, Double below, Double atMost) -> {
                out.writeStringField("key", key.text());
                bounds(out, "range", above, atLeast, below, atMost);
            }
            case Condition.TimeWithin(var key, Long above, Long atLeast, Long below, Long atMost) -> {
                out.writeStringField("key", key.text());
                LongFunction<String> text =
                        micros -> Instant.EPOCH.plus(micros, ChronoUnit.MICROS).toString();
                bounds(out, "range", with(text, above), with(text, atLeast), with(text, below), with(text, atMost));
            }
            case Condition.ValuesCount(var key, Long above, Long atLeast, Long below, Long atMost) -> {
                out.writeStringField("key", key.text());
                bounds(out, "values_count", above, atLeast, below, atMost);
            }
            case Condition.IsEmpty(var key) -> keyOnly(out, "is_empty", key.text());
            case Condition.IsNull(var key) -> keyOnly(out, "is_null", key.text());
            case Condition.HasId(Set<PointId> ids) -> {
                out.writeArrayFieldStart("has_id");
                for (PointId id : ids) {
                    Reply.id(out, id);
                }
                out.writeEndArray();
            }
            case Condition.HasVector(String name) -> out.writeStringField("has_vector", name);
            case Condition.WithinArea(var key, GeoArea area) -> {
                out.writeStringField("key", key.text());
                area(out, area);
            }
            case Condition.Slice(long index, long total) -> {
                out.writeObjectFieldStart("slice");
                out.writeNumberField("index", index);
                out.writeNumberField("total", total);
                out.writeEndObject();
            }
            case Condition.Nested(var key, Filter inner) -> {
                out.writeObjectFieldStart("nested");
                out.writeStringField("key", key.text());
                out.writeFieldName("filter");
                write(out, inner);
                out.writeEndObject();
            }
            case Condition.Sub _ -> throw new IllegalStateException("a filter in a filter is written above");
        }
        out.writeEndObject();
    }

    private static @Nullable String with(LongFunction<String> text, @Nullable Long micros) {
        return micros == null ? null : text.apply(micros);
    }

    private static void keyOnly(JsonGenerator out, String name, String key) throws IOException {
        out.writeObjectFieldStart(name);
        out.writeStringField("key", key);
        out.writeEndObject();
    }

    private static void bounds(
            JsonGenerator out,
            String name,
            @Nullable Object above,
            @Nullable Object atLeast,
            @Nullable Object below,
            @Nullable Object atMost)
            throws IOException {
        out.writeObjectFieldStart(name);
        bound(out, "gt", above);
        bound(out, "gte", atLeast);
        bound(out, "lt", below);
        bound(out, "lte", atMost);
        out.writeEndObject();
    }

    private static void bound(JsonGenerator out, String name, @Nullable Object value) throws IOException {
        if (value != null) {
            out.writeFieldName(name);
            Reply.value(out, value);
        }
    }

    private static void match(JsonGenerator out, Match match) throws IOException {
        switch (match) {
            case Match.Value(Object value) -> bound(out, "value", value);
            case Match.AnyOf(Set<Object> values) -> bound(out, "any", List.copyOf(values));
            case Match.NoneOf(Set<Object> values) -> bound(out, "except", List.copyOf(values));
            case Match.Text(String text) -> out.writeStringField("text", text);
            case Match.TextAny(String text) -> out.writeStringField("text_any", text);
            case Match.Phrase(String text) -> out.writeStringField("phrase", text);
            case Match.Prefix(String text) -> out.writeStringField("prefix", text);
        }
    }

    private static void area(JsonGenerator out, GeoArea area) throws IOException {
        switch (area) {
            case GeoArea.Circle(GeoPoint center, double radius) -> {
                out.writeObjectFieldStart("geo_radius");
                point(out, "center", center);
                out.writeNumberField("radius", radius);
                out.writeEndObject();
            }
            case GeoArea.Box(GeoPoint topLeft, GeoPoint bottomRight) -> {
                out.writeObjectFieldStart("geo_bounding_box");
                point(out, "top_left", topLeft);
                point(out, "bottom_right", bottomRight);
                out.writeEndObject();
            }
            case GeoArea.Polygon(List<GeoPoint> exterior, List<List<GeoPoint>> interiors) -> {
                out.writeObjectFieldStart("geo_polygon");
                out.writeFieldName("exterior");
                ring(out, exterior);
                out.writeArrayFieldStart("interiors");
                for (List<GeoPoint> hole : interiors) {
                    ring(out, hole);
                }
                out.writeEndArray();
                out.writeEndObject();
            }
        }
    }

    private static void ring(JsonGenerator out, List<GeoPoint> points) throws IOException {
        out.writeStartObject();
        out.writeArrayFieldStart("points");
        for (GeoPoint each : points) {
            place(out, each);
        }
        out.writeEndArray();
        out.writeEndObject();
    }

    private static void point(JsonGenerator out, String name, GeoPoint point) throws IOException {
        out.writeFieldName(name);
        place(out, point);
    }

    private static void place(JsonGenerator out, GeoPoint point) throws IOException {
        out.writeStartObject();
        out.writeNumberField("lon", point.lon());
        out.writeNumberField("lat", point.lat());
        out.writeEndObject();
    }
}
