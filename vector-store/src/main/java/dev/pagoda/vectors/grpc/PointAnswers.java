package dev.pagoda.vectors.grpc;

import static dev.pagoda.vectors.grpc.ValueTokens.fields;
import static dev.pagoda.vectors.grpc.ValueTokens.list;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import io.qdrant.client.grpc.JsonWithInt.Value;
import io.qdrant.client.grpc.Points.BatchResult;
import io.qdrant.client.grpc.Points.DenseVector;
import io.qdrant.client.grpc.Points.FacetHit;
import io.qdrant.client.grpc.Points.FacetValue;
import io.qdrant.client.grpc.Points.GroupId;
import io.qdrant.client.grpc.Points.GroupsResult;
import io.qdrant.client.grpc.Points.MultiDenseVector;
import io.qdrant.client.grpc.Points.NamedVectorsOutput;
import io.qdrant.client.grpc.Points.OrderValue;
import io.qdrant.client.grpc.Points.PointGroup;
import io.qdrant.client.grpc.Points.RetrievedPoint;
import io.qdrant.client.grpc.Points.ScoredPoint;
import io.qdrant.client.grpc.Points.ScrollResponse;
import io.qdrant.client.grpc.Points.SearchMatrixOffsets;
import io.qdrant.client.grpc.Points.SearchMatrixPair;
import io.qdrant.client.grpc.Points.SearchMatrixPairs;
import io.qdrant.client.grpc.Points.SparseIndices;
import io.qdrant.client.grpc.Points.SparseVector;
import io.qdrant.client.grpc.Points.UpdateResult;
import io.qdrant.client.grpc.Points.UpdateStatus;
import io.qdrant.client.grpc.Points.VectorOutput;
import io.qdrant.client.grpc.Points.VectorsOutput;
import java.io.IOException;
import java.util.List;
import java.util.function.BiConsumer;

/// Reads the answers about points as the messages that they are.
final class PointAnswers {
    private PointAnswers() {}

    static UpdateResult update(JsonParser in) throws IOException {
        UpdateResult.Builder result = UpdateResult.newBuilder();
        fields(in, (field, each) -> {
            switch (field) {
                case "operation_id" -> {
                    if (each.currentToken() != JsonToken.VALUE_NULL) {
                        result.setOperationId(each.getLongValue());
                    }
                }
                case "status" ->
                    result.setStatus(
                            switch (each.getText()) {
                                case "acknowledged" -> UpdateStatus.Acknowledged;
                                case "completed" -> UpdateStatus.Completed;
                                case "wait_timeout" -> UpdateStatus.WaitTimeout;
                                default -> UpdateStatus.UnknownUpdateStatus;
                            });
                default -> each.skipChildren();
            }
        });
        return result.build();
    }

    /// The points of a query.
    static List<ScoredPoint> found(JsonParser in) throws IOException {
        List<ScoredPoint> points = new java.util.ArrayList<>();
        fields(in, (field, each) -> {
            if (field.equals("points")) {
                points.addAll(list(each, PointAnswers::scored));
            } else {
                each.skipChildren();
            }
        });
        return points;
    }

    static BatchResult foundOfBatch(JsonParser in) throws IOException {
        return BatchResult.newBuilder().addAllResult(found(in)).build();
    }

    static ScoredPoint scored(JsonParser in) throws IOException {
        ScoredPoint.Builder point = ScoredPoint.newBuilder();
        fields(in, (field, each) -> {
            if (each.currentToken() == JsonToken.VALUE_NULL) {
                return;
            }
            switch (field) {
                case "id" -> point.setId(ValueTokens.id(each));
                case "version" -> point.setVersion(each.getLongValue());
                case "score" -> point.setScore(each.getFloatValue());
                case "payload" -> payload(each, point::putPayload);
                case "vector" -> point.setVectors(vectors(each));
                case "order_value" -> point.setOrderValue(orderValue(each));
                default -> each.skipChildren();
            }
        });
        return point.build();
    }

    static RetrievedPoint retrieved(JsonParser in) throws IOException {
        RetrievedPoint.Builder point = RetrievedPoint.newBuilder();
        fields(in, (field, each) -> {
            if (each.currentToken() == JsonToken.VALUE_NULL) {
                return;
            }
            switch (field) {
                case "id" -> point.setId(ValueTokens.id(each));
                case "payload" -> payload(each, point::putPayload);
                case "vector" -> point.setVectors(vectors(each));
                case "order_value" -> point.setOrderValue(orderValue(each));
                default -> each.skipChildren();
            }
        });
        return point.build();
    }

    static ScrollResponse.Builder page(JsonParser in) throws IOException {
        ScrollResponse.Builder page = ScrollResponse.newBuilder();
        fields(in, (field, each) -> {
            switch (field) {
                case "points" -> page.addAllResult(list(each, PointAnswers::retrieved));
                case "next_page_offset" -> {
                    if (each.currentToken() != JsonToken.VALUE_NULL) {
                        page.setNextPageOffset(ValueTokens.id(each));
                    }
                }
                default -> each.skipChildren();
            }
        });
        return page;
    }

    static long count(JsonParser in) throws IOException {
        long[] count = {0};
        fields(in, (field, each) -> {
            if (field.equals("count")) {
                count[0] = each.getLongValue();
            } else {
                each.skipChildren();
            }
        });
        return count[0];
    }

    static GroupsResult groups(JsonParser in) throws IOException {
        GroupsResult.Builder result = GroupsResult.newBuilder();
        fields(in, (field, each) -> {
            if (field.equals("groups")) {
                result.addAllGroups(list(each, PointAnswers::group));
            } else {
                each.skipChildren();
            }
        });
        return result.build();
    }

    private static PointGroup group(JsonParser in) throws IOException {
        PointGroup.Builder group = PointGroup.newBuilder();
        fields(in, (field, each) -> {
            switch (field) {
                case "id" -> group.setId(groupId(each));
                case "hits" -> group.addAllHits(list(each, PointAnswers::scored));
                case "lookup" -> {
                    if (each.currentToken() != JsonToken.VALUE_NULL) {
                        group.setLookup(retrieved(each));
                    }
                }
                default -> each.skipChildren();
            }
        });
        return group.build();
    }

    private static GroupId groupId(JsonParser in) throws IOException {
        if (in.currentToken() == JsonToken.VALUE_STRING) {
            return GroupId.newBuilder().setStringValue(in.getText()).build();
        }
        long number = in.getLongValue();
        return number < 0
                ? GroupId.newBuilder().setIntegerValue(number).build()
                : GroupId.newBuilder().setUnsignedValue(number).build();
    }

    static List<FacetHit> facets(JsonParser in) throws IOException {
        List<FacetHit> hits = new java.util.ArrayList<>();
        fields(in, (field, each) -> {
            if (field.equals("hits")) {
                hits.addAll(list(each, PointAnswers::facet));
            } else {
                each.skipChildren();
            }
        });
        return hits;
    }

    private static FacetHit facet(JsonParser in) throws IOException {
        FacetHit.Builder hit = FacetHit.newBuilder();
        fields(in, (field, each) -> {
            switch (field) {
                case "value" ->
                    hit.setValue(
                            switch (each.currentToken()) {
                                case VALUE_STRING -> FacetValue.newBuilder().setStringValue(each.getText());
                                case VALUE_TRUE, VALUE_FALSE ->
                                    FacetValue.newBuilder().setBoolValue(each.getBooleanValue());
                                default -> FacetValue.newBuilder().setIntegerValue(each.getLongValue());
                            });
                case "count" -> hit.setCount(each.getLongValue());
                default -> each.skipChildren();
            }
        });
        return hit.build();
    }

    static SearchMatrixPairs pairs(JsonParser in) throws IOException {
        SearchMatrixPairs.Builder pairs = SearchMatrixPairs.newBuilder();
        fields(in, (field, each) -> {
            if (field.equals("pairs")) {
                pairs.addAllPairs(list(each, PointAnswers::pair));
            } else {
                each.skipChildren();
            }
        });
        return pairs.build();
    }

    private static SearchMatrixPair pair(JsonParser in) throws IOException {
        SearchMatrixPair.Builder pair = SearchMatrixPair.newBuilder();
        fields(in, (field, each) -> {
            switch (field) {
                case "a" -> pair.setA(ValueTokens.id(each));
                case "b" -> pair.setB(ValueTokens.id(each));
                case "score" -> pair.setScore(each.getFloatValue());
                default -> each.skipChildren();
            }
        });
        return pair.build();
    }

    static SearchMatrixOffsets offsets(JsonParser in) throws IOException {
        SearchMatrixOffsets.Builder offsets = SearchMatrixOffsets.newBuilder();
        fields(in, (field, each) -> {
            switch (field) {
                case "offsets_row" -> offsets.addAllOffsetsRow(list(each, JsonParser::getLongValue));
                case "offsets_col" -> offsets.addAllOffsetsCol(list(each, JsonParser::getLongValue));
                case "scores" -> offsets.addAllScores(list(each, JsonParser::getFloatValue));
                case "ids" -> offsets.addAllIds(list(each, ValueTokens::id));
                default -> each.skipChildren();
            }
        });
        return offsets.build();
    }

    private static void payload(JsonParser in, BiConsumer<String, Value> sink) throws IOException {
        fields(in, (field, each) -> sink.accept(field, ValueTokens.value(each)));
    }

    private static OrderValue orderValue(JsonParser in) throws IOException {
        return in.currentToken() == JsonToken.VALUE_NUMBER_INT
                ? OrderValue.newBuilder().setInt(in.getLongValue()).build()
                : OrderValue.newBuilder().setFloat(in.getDoubleValue()).build();
    }

    private static VectorsOutput vectors(JsonParser in) throws IOException {
        if (in.currentToken() == JsonToken.START_ARRAY) {
            return VectorsOutput.newBuilder().setVector(array(in)).build();
        }
        NamedVectorsOutput.Builder named = NamedVectorsOutput.newBuilder();
        fields(
                in,
                (name, each) -> named.putVectors(
                        name, each.currentToken() == JsonToken.START_ARRAY ? array(each) : sparse(each)));
        return VectorsOutput.newBuilder().setVectors(named).build();
    }

    /// One dense vector or several. The deprecated fields are what clients before 1.16 read, so both are set.
    @SuppressWarnings("deprecation")
    private static VectorOutput array(JsonParser in) throws IOException {
        VectorOutput.Builder vector = VectorOutput.newBuilder();
        if (in.nextToken() != JsonToken.START_ARRAY) {
            DenseVector.Builder dense = DenseVector.newBuilder();
            while (in.currentToken() != JsonToken.END_ARRAY) {
                dense.addData(in.getFloatValue());
                in.nextToken();
            }
            return vector.addAllData(dense.getDataList()).setDense(dense).build();
        }
        MultiDenseVector.Builder multi = MultiDenseVector.newBuilder();
        while (in.currentToken() != JsonToken.END_ARRAY) {
            DenseVector.Builder row = DenseVector.newBuilder();
            while (in.nextToken() != JsonToken.END_ARRAY) {
                row.addData(in.getFloatValue());
            }
            vector.addAllData(row.getDataList());
            multi.addVectors(row);
            in.nextToken();
        }
        return vector.setVectorsCount(multi.getVectorsCount())
                .setMultiDense(multi)
                .build();
    }

    @SuppressWarnings("deprecation")
    private static VectorOutput sparse(JsonParser in) throws IOException {
        SparseVector.Builder sparse = SparseVector.newBuilder();
        fields(in, (field, each) -> {
            switch (field) {
                case "indices" -> {
                    while (each.nextToken() != JsonToken.END_ARRAY) {
                        sparse.addIndices((int) each.getLongValue());
                    }
                }
                case "values" -> {
                    while (each.nextToken() != JsonToken.END_ARRAY) {
                        sparse.addValues(each.getFloatValue());
                    }
                }
                default -> each.skipChildren();
            }
        });
        return VectorOutput.newBuilder()
                .addAllData(sparse.getValuesList())
                .setIndices(SparseIndices.newBuilder().addAllData(sparse.getIndicesList()))
                .setSparse(sparse)
                .build();
    }
}
