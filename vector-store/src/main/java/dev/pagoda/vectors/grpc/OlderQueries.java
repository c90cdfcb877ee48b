package dev.pagoda.vectors.grpc;

import static dev.pagoda.vectors.grpc.ValueTokens.malformed;

import io.qdrant.client.grpc.Common.PointId;
import io.qdrant.client.grpc.Points.ContextExamplePair;
import io.qdrant.client.grpc.Points.ContextInput;
import io.qdrant.client.grpc.Points.ContextInputPair;
import io.qdrant.client.grpc.Points.DenseVector;
import io.qdrant.client.grpc.Points.DiscoverInput;
import io.qdrant.client.grpc.Points.DiscoverPoints;
import io.qdrant.client.grpc.Points.MultiDenseVector;
import io.qdrant.client.grpc.Points.Query;
import io.qdrant.client.grpc.Points.QueryPointGroups;
import io.qdrant.client.grpc.Points.QueryPoints;
import io.qdrant.client.grpc.Points.RecommendInput;
import io.qdrant.client.grpc.Points.RecommendPointGroups;
import io.qdrant.client.grpc.Points.RecommendPoints;
import io.qdrant.client.grpc.Points.RecommendStrategy;
import io.qdrant.client.grpc.Points.SearchPointGroups;
import io.qdrant.client.grpc.Points.SearchPoints;
import io.qdrant.client.grpc.Points.SparseIndices;
import io.qdrant.client.grpc.Points.SparseVector;
import io.qdrant.client.grpc.Points.Vector;
import io.qdrant.client.grpc.Points.VectorExample;
import io.qdrant.client.grpc.Points.VectorInput;
import java.util.ArrayList;
import java.util.List;

/// The calls from before the query call, as the queries that they are.
final class OlderQueries {
    private OlderQueries() {}

    static QueryPoints search(SearchPoints request) {
        QueryPoints.Builder query = Alike.put(request, QueryPoints.newBuilder())
                .setQuery(nearest(request.getVectorList(), request.hasSparseIndices(), request.getSparseIndices()))
                .setLimit(request.getLimit());
        if (request.hasVectorName()) {
            query.setUsing(request.getVectorName());
        }
        return query.build();
    }

    static QueryPointGroups searchGroups(SearchPointGroups request) {
        QueryPointGroups.Builder query = Alike.put(request, QueryPointGroups.newBuilder())
                .setQuery(nearest(request.getVectorList(), request.hasSparseIndices(), request.getSparseIndices()))
                .setLimit(Integer.toUnsignedLong(request.getLimit()))
                .setGroupSize(Integer.toUnsignedLong(request.getGroupSize()));
        if (request.hasVectorName()) {
            query.setUsing(request.getVectorName());
        }
        return query.build();
    }

    static QueryPoints recommend(RecommendPoints request) {
        return Alike.put(request, QueryPoints.newBuilder())
                .setQuery(recommendation(
                        inputs(request.getPositiveList(), request.getPositiveVectorsList()),
                        inputs(request.getNegativeList(), request.getNegativeVectorsList()),
                        request.getStrategy()))
                .setLimit(request.getLimit())
                .build();
    }

    static QueryPointGroups recommendGroups(RecommendPointGroups request) {
        return Alike.put(request, QueryPointGroups.newBuilder())
                .setQuery(recommendation(
                        inputs(request.getPositiveList(), request.getPositiveVectorsList()),
                        inputs(request.getNegativeList(), request.getNegativeVectorsList()),
                        request.getStrategy()))
                .setLimit(Integer.toUnsignedLong(request.getLimit()))
                .setGroupSize(Integer.toUnsignedLong(request.getGroupSize()))
                .build();
    }

    /// Without a target the pairs alone rank the points.
    static QueryPoints discover(DiscoverPoints request) {
        ContextInput.Builder context = ContextInput.newBuilder();
        for (ContextExamplePair pair : request.getContextList()) {
            context.addPairs(ContextInputPair.newBuilder()
                    .setPositive(input(pair.getPositive()))
                    .setNegative(input(pair.getNegative())));
        }
        Query.Builder goal = Query.newBuilder();
        if (request.hasTarget()) {
            goal.setDiscover(DiscoverInput.newBuilder()
                    .setTarget(input(request.getTarget().getSingle()))
                    .setContext(context));
        } else {
            goal.setContext(context);
        }
        return Alike.put(request, QueryPoints.newBuilder())
                .setQuery(goal)
                .setLimit(request.getLimit())
                .build();
    }

    private static Query nearest(List<Float> values, boolean isSparse, SparseIndices indices) {
        VectorInput.Builder input = VectorInput.newBuilder();
        if (isSparse) {
            input.setSparse(SparseVector.newBuilder().addAllValues(values).addAllIndices(indices.getDataList()));
        } else {
            input.setDense(DenseVector.newBuilder().addAllData(values));
        }
        return Query.newBuilder().setNearest(input).build();
    }

    private static Query recommendation(
            List<VectorInput> positive, List<VectorInput> negative, RecommendStrategy strategy) {
        return Query.newBuilder()
                .setRecommend(RecommendInput.newBuilder()
                        .addAllPositive(positive)
                        .addAllNegative(negative)
                        .setStrategy(strategy))
                .build();
    }

    private static List<VectorInput> inputs(List<PointId> ids, List<Vector> vectors) {
        List<VectorInput> inputs = new ArrayList<>(ids.size() + vectors.size());
        for (PointId id : ids) {
            inputs.add(VectorInput.newBuilder().setId(id).build());
        }
        for (Vector vector : vectors) {
            inputs.add(input(vector));
        }
        return inputs;
    }

    private static VectorInput input(VectorExample example) {
        return switch (example.getExampleCase()) {
            case ID -> VectorInput.newBuilder().setId(example.getId()).build();
            case VECTOR -> input(example.getVector());
            case EXAMPLE_NOT_SET -> throw malformed("an example has neither an id nor a vector");
        };
    }

    // the fields of clients before 1.13 are deprecated and still to be understood
    @SuppressWarnings("deprecation")
    private static VectorInput input(Vector vector) {
        VectorInput.Builder input = VectorInput.newBuilder();
        switch (vector.getVectorCase()) {
            case DENSE -> input.setDense(vector.getDense());
            case SPARSE -> input.setSparse(vector.getSparse());
            case MULTI_DENSE -> input.setMultiDense(vector.getMultiDense());
            case DOCUMENT -> input.setDocument(vector.getDocument());
            case IMAGE -> input.setImage(vector.getImage());
            case OBJECT -> input.setObject(vector.getObject());
            case VECTOR_NOT_SET -> {
                List<Float> data = vector.getDataList();
                if (vector.hasIndices()) {
                    input.setSparse(SparseVector.newBuilder()
                            .addAllValues(data)
                            .addAllIndices(vector.getIndices().getDataList()));
                } else if (vector.hasVectorsCount()) {
                    int rows = vector.getVectorsCount();
                    if (rows <= 0 || data.isEmpty() || data.size() % rows != 0) {
                        throw malformed(data.size() + " numbers do not make " + rows + " vectors of one size");
                    }
                    MultiDenseVector.Builder multi = MultiDenseVector.newBuilder();
                    int size = data.size() / rows;
                    for (int from = 0; from < data.size(); from += size) {
                        multi.addVectors(DenseVector.newBuilder().addAllData(data.subList(from, from + size)));
                    }
                    input.setMultiDense(multi);
                } else {
                    input.setDense(DenseVector.newBuilder().addAllData(data));
                }
            }
        }
        return input.build();
    }
}
