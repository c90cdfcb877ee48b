package dev.pagoda.vectors.qdrant;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import dev.pagoda.vectors.api.Example;
import dev.pagoda.vectors.api.Query.Goal;
import dev.pagoda.vectors.api.Query.Judged;
import dev.pagoda.vectors.api.Query.Pair;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Reads the parts of queries that are made of examples: vectors or ids of points.
final class Examples {
    private Examples() {}

    static Example one(JsonParser in) throws IOException {
        return switch (in.currentToken()) {
            case START_ARRAY, START_OBJECT -> Example.of(VectorBodies.asked(in));
            case VALUE_NUMBER_INT, VALUE_STRING -> Example.of(Json.id(in));
            default -> throw Json.expected("a vector or a point id", in);
        };
    }

    static List<Example> list(JsonParser in) throws IOException {
        List<Example> examples = new ArrayList<>();
        if (!Json.isNull(in)) {
            Json.array(in, each -> examples.add(one(each)));
        }
        return examples;
    }

    /// Pairs of context: a list, one, or null for none.
    static List<Pair> pairs(JsonParser in) throws IOException {
        List<Pair> pairs = new ArrayList<>();
        if (in.currentToken() == JsonToken.START_ARRAY) {
            Json.array(in, each -> pairs.add(pair(each)));
        } else if (!Json.isNull(in)) {
            pairs.add(pair(in));
        }
        return pairs;
    }

    private static Pair pair(JsonParser in) throws IOException {
        @Nullable Example[] sides = new @Nullable Example[2];
        Json.object(in, (field, each) -> {
            switch (field) {
                case "positive" -> sides[0] = one(each);
                case "negative" -> sides[1] = one(each);
                default -> each.skipChildren();
            }
        });
        Example positive = sides[0];
        Example negative = sides[1];
        if (positive == null || negative == null) {
            throw Faults.format("missing field `" + (positive == null ? "positive" : "negative") + "`");
        }
        return new Pair(positive, negative);
    }

    static Goal recommend(JsonParser in, String path) throws IOException {
        List<Example> positive = new ArrayList<>();
        List<Example> negative = new ArrayList<>();
        Goal.Strategy[] strategy = {Goal.Strategy.AVERAGE_VECTOR};
        Json.object(in, (field, each) -> {
            switch (field) {
                case "positive" -> positive.addAll(list(each));
                case "negative" -> negative.addAll(list(each));
                case "strategy" -> strategy[0] = Json.isNull(each) ? strategy[0] : strategy(Json.text(each));
                default -> each.skipChildren();
            }
        });
        return recommend(positive, negative, strategy[0], path);
    }

    static Goal recommend(List<Example> positive, List<Example> negative, Goal.Strategy strategy, String path) {
        if (positive.isEmpty() && negative.isEmpty()) {
            throw Faults.validation(path + "positive", "[]", "must have at least one positive or negative example");
        }
        if (positive.isEmpty() && strategy == Goal.Strategy.AVERAGE_VECTOR) {
            throw Faults.badRequest("At least one positive example is needed with the `average_vector` strategy");
        }
        return new Goal.Recommend(positive, negative, strategy);
    }

    static Goal.Strategy strategy(String name) {
        return switch (name) {
            case "average_vector" -> Goal.Strategy.AVERAGE_VECTOR;
            case "best_score" -> Goal.Strategy.BEST_SCORE;
            case "sum_scores" -> Goal.Strategy.SUM_SCORES;
            default ->
                throw Faults.format(
                        "unknown variant `" + name + "`, expected one of `average_vector`, `best_score`, `sum_scores`");
        };
    }

    static Goal discover(JsonParser in) throws IOException {
        @Nullable Example[] target = {null};
        List<Pair> context = new ArrayList<>();
        boolean[] hasContext = {false};
        Json.object(in, (field, each) -> {
            switch (field) {
                case "target" -> target[0] = one(each);
                case "context" -> {
                    hasContext[0] = true;
                    context.addAll(pairs(each));
                }
                default -> each.skipChildren();
            }
        });
        Example aim = target[0];
        if (aim == null || !hasContext[0]) {
            throw Faults.format("missing field `" + (aim == null ? "target" : "context") + "`");
        }
        return new Goal.Discover(aim, context);
    }

    static Goal feedback(JsonParser in, String path) throws IOException {
        @Nullable Example[] target = {null};
        List<Judged> judged = new ArrayList<>();
        @Nullable Float[] weights = {null, null, null};
        Json.object(in, (field, each) -> {
            switch (field) {
                case "target" -> target[0] = one(each);
                case "feedback" -> Json.array(each, item -> judged.add(judged(item)));
                case "strategy" -> readStrategy(each, weights);
                default -> each.skipChildren();
            }
        });
        Example aim = target[0];
        Float a = weights[0];
        Float b = weights[1];
        Float c = weights[2];
        if (aim == null || a == null || b == null || c == null) {
            throw Faults.format("relevance_feedback needs `target`, `feedback` and `strategy`"
                    + " {\"naive\": {\"a\", \"b\", \"c\"}}");
        }
        if (judged.isEmpty()) {
            throw Faults.validation(path + "feedback", "[]", "feedback elements must be non-empty");
        }
        if (b < 0) {
            throw Faults.validation(path + "strategy.naive.b", b, "must be 0.0 or larger");
        }
        return new Goal.Feedback(aim, judged, a, b, c);
    }

    private static Judged judged(JsonParser in) throws IOException {
        @Nullable Example[] example = {null};
        @Nullable Float[] score = {null};
        Json.object(in, (field, each) -> {
            switch (field) {
                case "example" -> example[0] = one(each);
                case "score" -> score[0] = Json.number(each);
                default -> each.skipChildren();
            }
        });
        Example given = example[0];
        Float value = score[0];
        if (given == null || value == null) {
            throw Faults.format("missing field `" + (given == null ? "example" : "score") + "`");
        }
        return new Judged(given, value);
    }

    private static void readStrategy(JsonParser in, @Nullable Float[] weights) throws IOException {
        Json.object(in, (field, each) -> {
            if (!field.equals("naive")) {
                throw Faults.format("unknown variant `" + field + "`, expected `naive`");
            }
            Json.object(each, (name, value) -> {
                switch (name) {
                    case "a" -> weights[0] = Json.number(value);
                    case "b" -> weights[1] = Json.number(value);
                    case "c" -> weights[2] = Json.number(value);
                    default -> value.skipChildren();
                }
            });
        });
    }
}
