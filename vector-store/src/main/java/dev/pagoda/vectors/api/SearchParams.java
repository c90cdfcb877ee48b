package dev.pagoda.vectors.api;

import org.jspecify.annotations.Nullable;

/// How a search is to be carried out.
///
/// @param hnswEf       breadth of the graph search, 0 = the field's own, at most 65,536
/// @param exact        whether to compare with every matching point instead of walking the graph
/// @param indexedOnly  accepted and reported; every point is indexed
/// @param quantization what to do with shortened vectors
/// @param acorn        accepted and reported; a filtered search fills its limit in any case
/// @param idf          over which points words are counted; null = all points of the field
/// @param explain      whether the answer tells how dense fields were searched
public record SearchParams(
        int hnswEf,
        boolean exact,
        boolean indexedOnly,
        Quantization quantization,
        @Nullable Acorn acorn,
        @Nullable Idf idf,
        boolean explain) {
    public static final SearchParams DEFAULT =
            new SearchParams(0, false, false, Quantization.DEFAULT, null, null, false);
    public static final int MAX_EF = 65_536;

    /// @param ignore       whether to compare whole vectors only
    /// @param rescore      whether the best by shortened vectors are ranked by whole ones; null = the field's
    ///     own way
    /// @param oversampling how many times the limit is looked at before ranking by whole vectors, at least 1
    public record Quantization(boolean ignore, @Nullable Boolean rescore, double oversampling) {
        public static final Quantization DEFAULT = new Quantization(false, null, 1);

        public Quantization {
            if (!(oversampling >= 1) || Double.isInfinite(oversampling)) {
                throw new IllegalArgumentException("oversampling " + oversampling + " is not 1.0 or larger");
            }
        }
    }

    /// @param maxSelectivity share of matching points up to which it applies, 0 to 1
    public record Acorn(boolean enable, double maxSelectivity) {
        public Acorn {
            if (!(maxSelectivity >= 0 && maxSelectivity <= 1)) {
                throw new IllegalArgumentException("max_selectivity " + maxSelectivity + " is not from 0 to 1");
            }
        }
    }

    /// @param corpus the points among which words are counted, null = all of the field
    public record Idf(@Nullable Filter corpus) {}

    public SearchParams {
        if (hnswEf < 0 || hnswEf > MAX_EF) {
            throw new IllegalArgumentException("hnsw_ef " + hnswEf + " is not from 0 to " + MAX_EF);
        }
    }

    public SearchParams withExact(boolean other) {
        return new SearchParams(hnswEf, other, indexedOnly, quantization, acorn, idf, explain);
    }
}
