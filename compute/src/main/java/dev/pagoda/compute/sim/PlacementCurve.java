package dev.pagoda.compute.sim;

/// What became of a cluster while pods arrived. Figures by arrived GPU demand in percent of the cluster's GPUs,
/// 0 to [#MOST_PERCENT]: each the mean over the pods whose arrival rounds to that percent, `NaN` where none
/// comes near.
///
/// @param policy        as results show it
/// @param pods          that arrived
/// @param placed        of them
/// @param allocated     GPU in percent of the cluster's
/// @param fragmented    expected fragments in percent of the cluster's GPU
/// @param fragmentOfIdle the same in percent of the idle GPU
///
/// The arrays are the curve's own and not to be written.
public record PlacementCurve(
        String policy,
        long seed,
        int pods,
        int placed,
        double[] allocated,
        double[] fragmented,
        double[] fragmentOfIdle) {
    public static final int MOST_PERCENT = 130;
}
