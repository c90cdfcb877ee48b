package dev.pagoda.vectors.qdrant;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonParser.NumberType;
import com.fasterxml.jackson.core.JsonToken;
import dev.pagoda.vectors.api.Example;
import dev.pagoda.vectors.api.OrderBy;
import dev.pagoda.vectors.api.PointId;
import dev.pagoda.vectors.api.Query.Goal;
import dev.pagoda.vectors.api.VectorValue;
import dev.pagoda.vectors.filter.Timestamps;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Reads what stands for `query`.
final class Goals {
    private static final int RRF_K = 2;
    private static final float DIVERSITY = 0.5f;

    private Goals() {}

    /// @param path where it is in the body, as messages name it
    static Goal read(JsonParser in, String path) throws IOException {
        return switch (in.currentToken()) {
            case START_ARRAY -> new Goal.Nearest(VectorBodies.asked(in));
            case START_OBJECT -> {
                Parts parts = new Parts(path + ".");
                Json.object(in, parts::read);
                yield parts.goal();
            }
            case VALUE_NUMBER_INT, VALUE_STRING -> new Goal.NearestTo(Json.id(in));
            default -> throw Json.expected("a vector, a point id or an object for the query", in);
        };
    }

    /// What `order_by` says: a key, or an object.
    static OrderBy orderBy(JsonParser in) throws IOException {
        if (in.currentToken() == JsonToken.VALUE_STRING) {
            return new OrderBy(Conditions.path(Json.text(in)), false, null);
        }
        @Nullable String[] key = {null};
        boolean[] descending = {false};
        @Nullable Object[] from = {null};
        Json.object(in, (field, each) -> {
            if (Json.isNull(each)) {
                return;
            }
            switch (field) {
                case "key" -> key[0] = Json.text(each);
                case "direction" -> descending[0] = isDescending(Json.text(each));
                case "start_from" -> from[0] = startFrom(each);
                default -> each.skipChildren();
            }
        });
        if (key[0] == null) {
            throw Faults.format("missing field `key` of order_by");
        }
        return new OrderBy(Conditions.path(key[0]), descending[0], from[0]);
    }

    private static boolean isDescending(String direction) {
        return switch (direction) {
            case "asc" -> false;
            case "desc" -> true;
            default -> throw Faults.format("unknown variant `" + direction + "`, expected `asc` or `desc`");
        };
    }

    private static Object startFrom(JsonParser in) throws IOException {
        return switch (in.currentToken()) {
            case VALUE_NUMBER_INT ->
                in.getNumberType() == NumberType.BIG_INTEGER ? (Object) in.getDoubleValue() : in.getLongValue();
            case VALUE_NUMBER_FLOAT -> in.getDoubleValue();
            case VALUE_STRING -> {
                String text = Json.text(in);
                if (Timestamps.micros(text).isEmpty()) {
                    throw Faults.format("start_from \"" + text + "\" is no date and time");
                }
                yield text;
            }
            default -> throw Json.expected("a number or a date for start_from", in);
        };
    }

    /// The parts of a query object.
    private static final class Parts {
        private final String path;
        private final List<Goal> goals = new ArrayList<>();
        private final VectorBodies.Parts vector = new VectorBodies.Parts();
        private @Nullable Example nearest;
        private boolean isDiverse;
        private float diversity = DIVERSITY;
        private int candidates;
        private boolean hasFormula;
        private @Nullable Object formula;
        private Map<String, @Nullable Object> defaults = Map.of();

        Parts(String path) {
            this.path = path;
        }

        void read(String field, JsonParser in) throws IOException {
            if (Json.isNull(in)) {
                return;
            }
            switch (field) {
                case "nearest" -> nearest = Examples.one(in);
                case "mmr" -> {
                    isDiverse = true;
                    Json.object(in, this::readDiversity);
                }
                case "recommend" -> goals.add(Examples.recommend(in, path + "recommend."));
                case "discover" -> goals.add(Examples.discover(in));
                case "context" -> goals.add(new Goal.Context(Examples.pairs(in)));
                case "relevance_feedback" -> goals.add(Examples.feedback(in, path + "relevance_feedback."));
                case "order_by" -> goals.add(new Goal.Ordered(orderBy(in)));
                case "sample" -> goals.add(sample(Json.text(in)));
                case "fusion" -> goals.add(fusion(Json.text(in)));
                case "rrf" -> goals.add(reciprocalRank(in));
                case "formula" -> {
                    hasFormula = true;
                    formula = Json.exactValue(in);
                }
                case "defaults" -> defaults = Json.map(in);
                default -> vector.read(field, in);
            }
        }

        private void readDiversity(String field, JsonParser in) throws IOException {
            if (Json.isNull(in)) {
                return;
            }
            switch (field) {
                case "diversity" -> {
                    diversity = Json.number(in);
                    if (!(diversity >= 0 && diversity <= 1)) {
                        throw Faults.validation(path + "mmr.diversity", diversity, "must be from 0.0 to 1.0");
                    }
                }
                case "candidates_limit" -> {
                    candidates = Json.count(in, path + "mmr.candidates_limit", 0);
                    if (candidates > Goal.Diverse.MAX_CANDIDATES) {
                        throw Faults.validation(
                                path + "mmr.candidates_limit",
                                candidates,
                                "must be " + Goal.Diverse.MAX_CANDIDATES + " or smaller");
                    }
                }
                default -> in.skipChildren();
            }
        }

        Goal goal() {
            Example target = nearest;
            if (target != null) {
                goals.add(isDiverse ? new Goal.Diverse(target, diversity, candidates) : nearest(target));
            }
            VectorValue plain = vector.vector();
            if (plain != null) {
                goals.add(new Goal.Nearest(plain));
            }
            if (hasFormula) {
                goals.add(Formulas.goal(formula, defaults));
            }
            if (goals.size() != 1) {
                throw Faults.format("data did not match any variant of untagged enum QueryInterface");
            }
            return goals.getFirst();
        }

        private static Goal nearest(Example target) {
            return switch (target) {
                case Example.Given(VectorValue given) -> new Goal.Nearest(given);
                case Example.Stored(PointId id) -> new Goal.NearestTo(id);
            };
        }

        private static Goal sample(String name) {
            if (!name.equals("random")) {
                throw Faults.format("unknown variant `" + name + "`, expected `random`");
            }
            return new Goal.Sample();
        }

        private static Goal fusion(String name) {
            return switch (name) {
                case "rrf" -> new Goal.ReciprocalRank(RRF_K);
                case "dbsf" -> new Goal.DistributionBased();
                default -> throw Faults.format("unknown variant `" + name + "`, expected `rrf` or `dbsf`");
            };
        }

        private Goal reciprocalRank(JsonParser in) throws IOException {
            int[] k = {RRF_K};
            List<Float> weights = new ArrayList<>();
            Json.object(in, (field, each) -> {
                if (Json.isNull(each)) {
                    return;
                }
                switch (field) {
                    case "k" -> k[0] = Json.count(each, path + "rrf.k", 1);
                    case "weights" -> Json.array(each, weight -> weights.add(Json.number(weight)));
                    default -> each.skipChildren();
                }
            });
            return new Goal.ReciprocalRank(k[0], weights);
        }
    }
}
