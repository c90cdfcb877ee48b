package dev.pagoda.vectors.grpc;

import static dev.pagoda.vectors.grpc.ValueTokens.malformed;
import static dev.pagoda.vectors.grpc.ValueTokens.numberField;
import static dev.pagoda.vectors.grpc.ValueTokens.textsField;
import static dev.pagoda.vectors.grpc.ValueTokens.unsignedField;

import com.fasterxml.jackson.core.JsonGenerator;
import io.qdrant.client.grpc.Points.ContextInputPair;
import io.qdrant.client.grpc.Points.FeedbackItem;
import io.qdrant.client.grpc.Points.Fusion;
import io.qdrant.client.grpc.Points.LookupLocation;
import io.qdrant.client.grpc.Points.OrderBy;
import io.qdrant.client.grpc.Points.PrefetchQuery;
import io.qdrant.client.grpc.Points.Query;
import io.qdrant.client.grpc.Points.QueryPointGroups;
import io.qdrant.client.grpc.Points.QueryPoints;
import io.qdrant.client.grpc.Points.RecommendInput;
import io.qdrant.client.grpc.Points.RecommendStrategy;
import io.qdrant.client.grpc.Points.RelevanceFeedbackInput;
import io.qdrant.client.grpc.Points.Sample;
import io.qdrant.client.grpc.Points.SearchParams;
import io.qdrant.client.grpc.Points.VectorInput;
import io.qdrant.client.grpc.Points.WithLookup;
import io.qdrant.client.grpc.Points.WithPayloadSelector;
import io.qdrant.client.grpc.Points.WithVectorsSelector;
import java.io.IOException;
import java.util.List;
import java.util.Locale;

/// Queries as the bodies of the HTTP paths tell them.
final class QueryTokens {
    private QueryTokens() {}

    static void query(JsonGenerator out, QueryPoints query) throws IOException {
        out.writeStartObject();
        fields(out, query);
        out.writeEndObject();
    }

    static void groups(JsonGenerator out, QueryPointGroups query) throws IOException {
        out.writeStartObject();
        fields(out, Alike.put(query, QueryPoints.newBuilder()).build());
        if (query.hasGroupSize()) {
            unsignedField(out, "group_size", query.getGroupSize());
        }
        out.writeStringField("group_by", query.getGroupBy());
        withLookup(out, query.hasWithLookup(), query.getWithLookup());
        out.writeEndObject();
    }

    private static void fields(JsonGenerator out, QueryPoints query) throws IOException {
        prefetches(out, query.getPrefetchList());
        goal(out, query.hasQuery(), query.getQuery());
        using(out, query.hasUsing(), query.getUsing());
        FilterTokens.field(out, query.hasFilter(), query.getFilter());
        params(out, query.hasParams(), query.getParams());
        threshold(out, query.hasScoreThreshold(), query.getScoreThreshold());
        if (query.hasLimit()) {
            unsignedField(out, "limit", query.getLimit());
        }
        if (query.hasOffset()) {
            unsignedField(out, "offset", query.getOffset());
        }
        withPayload(out, query.hasWithPayload(), query.getWithPayload());
        withVectors(out, query.hasWithVectors(), query.getWithVectors());
        lookup(out, query.hasLookupFrom(), query.getLookupFrom());
        ValueTokens.shardKeyField(out, query.hasShardKeySelector(), query.getShardKeySelector());
    }

    static void withLookup(JsonGenerator out, boolean isGiven, WithLookup lookup) throws IOException {
        if (!isGiven) {
            return;
        }
        out.writeObjectFieldStart("with_lookup");
        out.writeStringField("collection", lookup.getCollection());
        withPayload(out, lookup.hasWithPayload(), lookup.getWithPayload());
        if (lookup.hasWithVectors()) {
            vectors(out, "with_vectors", lookup.getWithVectors());
        }
        out.writeEndObject();
    }

    static void withPayload(JsonGenerator out, boolean isGiven, WithPayloadSelector selector) throws IOException {
        if (!isGiven) {
            return;
        }
        switch (selector.getSelectorOptionsCase()) {
            case ENABLE -> out.writeBooleanField("with_payload", selector.getEnable());
            case INCLUDE -> {
                out.writeObjectFieldStart("with_payload");
                textsField(out, "include", selector.getInclude().getFieldsList());
                out.writeEndObject();
            }
            case EXCLUDE -> {
                out.writeObjectFieldStart("with_payload");
                textsField(out, "exclude", selector.getExclude().getFieldsList());
                out.writeEndObject();
            }
            case SELECTOROPTIONS_NOT_SET -> throw malformed("with_payload says nothing");
        }
    }

    static void withVectors(JsonGenerator out, boolean isGiven, WithVectorsSelector selector) throws IOException {
        if (isGiven) {
            vectors(out, "with_vector", selector);
        }
    }

    private static void vectors(JsonGenerator out, String name, WithVectorsSelector selector) throws IOException {
        switch (selector.getSelectorOptionsCase()) {
            case ENABLE -> out.writeBooleanField(name, selector.getEnable());
            case INCLUDE -> textsField(out, name, selector.getInclude().getNamesList());
            case SELECTOROPTIONS_NOT_SET -> throw malformed("with_vectors says nothing");
        }
    }

    static void params(JsonGenerator out, boolean isGiven, SearchParams params) throws IOException {
        if (!isGiven) {
            return;
        }
        out.writeObjectFieldStart("params");
        ValueTokens.scalars(out, params);
        if (params.hasQuantization()) {
            ValueTokens.scalarsField(out, "quantization", params.getQuantization());
        }
        if (params.hasAcorn()) {
            ValueTokens.scalarsField(out, "acorn", params.getAcorn());
        }
        out.writeEndObject();
    }

    static void orderBy(JsonGenerator out, OrderBy order) throws IOException {
        out.writeObjectFieldStart("order_by");
        out.writeStringField("key", order.getKey());
        if (order.hasDirection()) {
            out.writeStringField(
                    "direction",
                    switch (order.getDirection()) {
                        case Asc -> "asc";
                        case Desc -> "desc";
                        case UNRECOGNIZED -> throw malformed("an unknown direction of order_by");
                    });
        }
        if (order.hasStartFrom()) {
            var start = order.getStartFrom();
            switch (start.getValueCase()) {
                case FLOAT -> numberField(out, "start_from", start.getFloat());
                case INTEGER -> out.writeNumberField("start_from", start.getInteger());
                case TIMESTAMP -> out.writeStringField("start_from", ValueTokens.time(start.getTimestamp()));
                case DATETIME -> out.writeStringField("start_from", start.getDatetime());
                case VALUE_NOT_SET -> throw malformed("start_from of order_by says nothing");
            }
        }
        out.writeEndObject();
    }

    static void using(JsonGenerator out, boolean isGiven, String using) throws IOException {
        if (isGiven) {
            out.writeStringField("using", using);
        }
    }

    static void threshold(JsonGenerator out, boolean isGiven, float threshold) throws IOException {
        if (isGiven) {
            numberField(out, "score_threshold", threshold);
        }
    }

    static void lookup(JsonGenerator out, boolean isGiven, LookupLocation lookup) throws IOException {
        if (!isGiven) {
            return;
        }
        out.writeObjectFieldStart("lookup_from");
        out.writeStringField("collection", lookup.getCollectionName());
        if (lookup.hasVectorName()) {
            out.writeStringField("vector", lookup.getVectorName());
        }
        ValueTokens.shardKeyField(out, lookup.hasShardKeySelector(), lookup.getShardKeySelector());
        out.writeEndObject();
    }

    private static void prefetches(JsonGenerator out, List<PrefetchQuery> prefetches) throws IOException {
        if (prefetches.isEmpty()) {
            return;
        }
        out.writeArrayFieldStart("prefetch");
        for (PrefetchQuery each : prefetches) {
            out.writeStartObject();
            fields(out, Alike.put(each, QueryPoints.newBuilder()).build());
            out.writeEndObject();
        }
        out.writeEndArray();
    }

    /// What ranks the points.
    private static void goal(JsonGenerator out, boolean isGiven, Query query) throws IOException {
        if (!isGiven) {
            return;
        }
        out.writeObjectFieldStart("query");
        switch (query.getVariantCase()) {
            case NEAREST -> input(out, "nearest", query.getNearest());
            case NEAREST_WITH_MMR -> {
                input(out, "nearest", query.getNearestWithMmr().getNearest());
                var mmr = query.getNearestWithMmr().getMmr();
                out.writeObjectFieldStart("mmr");
                if (mmr.hasDiversity()) {
                    numberField(out, "diversity", mmr.getDiversity());
                }
                if (mmr.hasCandidatesLimit()) {
                    out.writeNumberField("candidates_limit", Integer.toUnsignedLong(mmr.getCandidatesLimit()));
                }
                out.writeEndObject();
            }
            case RECOMMEND -> recommend(out, query.getRecommend());
            case DISCOVER -> {
                out.writeObjectFieldStart("discover");
                input(out, "target", query.getDiscover().getTarget());
                context(out, query.getDiscover().getContext().getPairsList());
                out.writeEndObject();
            }
            case CONTEXT -> context(out, query.getContext().getPairsList());
            case ORDER_BY -> orderBy(out, query.getOrderBy());
            case FUSION -> out.writeStringField("fusion", name(query.getFusion()));
            case SAMPLE -> out.writeStringField("sample", name(query.getSample()));
            case FORMULA -> {
                out.writeFieldName("formula");
                FormulaTokens.expression(out, query.getFormula().getExpression());
                out.writeFieldName("defaults");
                ValueTokens.map(out, query.getFormula().getDefaultsMap());
            }
            case RRF -> {
                out.writeObjectFieldStart("rrf");
                if (query.getRrf().hasK()) {
                    out.writeNumberField(
                            "k", Integer.toUnsignedLong(query.getRrf().getK()));
                }
                if (query.getRrf().getWeightsCount() > 0) {
                    out.writeFieldName("weights");
                    ValueTokens.floats(out, query.getRrf().getWeightsCount(), query.getRrf()::getWeights);
                }
                out.writeEndObject();
            }
            case RELEVANCE_FEEDBACK -> feedback(out, query.getRelevanceFeedback());
            case VARIANT_NOT_SET -> throw malformed("a query says nothing");
        }
        out.writeEndObject();
    }

    private static void input(JsonGenerator out, String name, VectorInput input) throws IOException {
        out.writeFieldName(name);
        VectorTokens.input(out, input);
    }

    private static void inputs(JsonGenerator out, String name, List<VectorInput> inputs) throws IOException {
        out.writeArrayFieldStart(name);
        for (VectorInput input : inputs) {
            VectorTokens.input(out, input);
        }
        out.writeEndArray();
    }

    private static void recommend(JsonGenerator out, RecommendInput recommend) throws IOException {
        out.writeObjectFieldStart("recommend");
        inputs(out, "positive", recommend.getPositiveList());
        inputs(out, "negative", recommend.getNegativeList());
        if (recommend.hasStrategy()) {
            out.writeStringField("strategy", name(recommend.getStrategy()));
        }
        out.writeEndObject();
    }

    private static void context(JsonGenerator out, List<ContextInputPair> pairs) throws IOException {
        out.writeArrayFieldStart("context");
        for (ContextInputPair pair : pairs) {
            out.writeStartObject();
            input(out, "positive", pair.getPositive());
            input(out, "negative", pair.getNegative());
            out.writeEndObject();
        }
        out.writeEndArray();
    }

    private static void feedback(JsonGenerator out, RelevanceFeedbackInput feedback) throws IOException {
        out.writeObjectFieldStart("relevance_feedback");
        input(out, "target", feedback.getTarget());
        out.writeArrayFieldStart("feedback");
        for (FeedbackItem item : feedback.getFeedbackList()) {
            out.writeStartObject();
            input(out, "example", item.getExample());
            numberField(out, "score", item.getScore());
            out.writeEndObject();
        }
        out.writeEndArray();
        if (!feedback.getStrategy().hasNaive()) {
            throw malformed("relevance feedback names no strategy");
        }
        var naive = feedback.getStrategy().getNaive();
        out.writeObjectFieldStart("strategy");
        out.writeObjectFieldStart("naive");
        numberField(out, "a", naive.getA());
        numberField(out, "b", naive.getB());
        numberField(out, "c", naive.getC());
        out.writeEndObject();
        out.writeEndObject();
        out.writeEndObject();
    }

    private static String name(RecommendStrategy strategy) {
        return switch (strategy) {
            case AverageVector -> "average_vector";
            case BestScore -> "best_score";
            case SumScores -> "sum_scores";
            case UNRECOGNIZED -> throw malformed("an unknown strategy of recommend");
        };
    }

    private static String name(Fusion fusion) {
        return switch (fusion) {
            case RRF, DBSF -> fusion.name().toLowerCase(Locale.ROOT);
            case UNRECOGNIZED -> throw malformed("an unknown fusion");
        };
    }

    private static String name(Sample sample) {
        return switch (sample) {
            case Random -> "random";
            case UNRECOGNIZED -> throw malformed("an unknown sample");
        };
    }
}
