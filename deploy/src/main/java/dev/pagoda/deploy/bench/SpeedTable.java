package dev.pagoda.deploy.bench;

import dev.pagoda.gateway.report.Axis;
import dev.pagoda.gateway.report.Plot;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.function.Function;

/// Speed at fixed recalls, and how many times as fast as each peer ours is. Over several runs medians count: of the
/// speeds, and for ratios of those of each run.
///
/// @param ours  our systems
/// @param peers names of peers, see [Contenders#PEERS]
record SpeedTable(List<String> ours, List<String> peers) {
    static final double[] RECALLS = {0.90, 0.95, 0.99};

    private static final String UNREACHED = "-";
    /// Of what a picture shows.
    private static final double LEAST_RECALL = 0.8;

    /// @param curves by system, one a run
    List<String> lines(String set, ResultTag tag, Map<String, List<Curve>> curves) {
        List<String> lines = new ArrayList<>();
        lines.add(row("queries/s, " + set + " " + tag.name(), recall -> format("at %.2f", recall)));
        curves.forEach((system, runs) ->
                lines.add(row(system, recall -> text("%.0f", median(each(runs, curve -> curve.qpsAt(recall)))))));
        for (String own : ours) {
            for (String peer : peers) {
                lines.add(row(own + " / " + peer, recall -> text("%.2f", ratio(curves, own, peer, recall))));
            }
        }
        return lines;
    }

    /// The median over the runs of how many times as fast our system is as the best of the peer's.
    ///
    /// @return nothing where either misses the recall in the median
    OptionalDouble ratio(Map<String, List<Curve>> curves, String own, String peer, double recall) {
        List<Curve> ownRuns = curves.getOrDefault(own, List.of());
        List<OptionalDouble> ratios = new ArrayList<>();
        for (int run = 0; run < ownRuns.size(); run++) {
            int at = run;
            OptionalDouble theirs = Contenders.ofPeer(peer).stream()
                    .map(system ->
                            curves.getOrDefault(system, List.of()).get(at).qpsAt(recall))
                    .flatMapToDouble(OptionalDouble::stream)
                    .max();
            OptionalDouble mine = ownRuns.get(run).qpsAt(recall);
            ratios.add(
                    mine.isPresent() && theirs.isPresent()
                            ? OptionalDouble.of(mine.getAsDouble() / theirs.getAsDouble())
                            : OptionalDouble.empty());
        }
        return median(ratios);
    }

    /// Speed over recall: a panel a tag, a curve a system; of several runs the first is drawn.
    static String picture(String set, Map<ResultTag, Map<String, List<Curve>>> curves) {
        var plot = new Plot();
        curves.forEach((tag, bySystem) -> {
            var drawn = new ArrayList<Plot.Curve>();
            bySystem.forEach((system, runs) -> {
                List<Curve.Point> points = runs.getFirst().points();
                drawn.add(new Plot.Curve(
                        system,
                        points.stream().mapToDouble(Curve.Point::recall).toArray(),
                        points.stream().mapToDouble(Curve.Point::qps).toArray(),
                        true));
            });
            plot.curves(
                    set + " " + tag.name() + ": queries a second",
                    Axis.within("recall of 10", LEAST_RECALL, 1),
                    Axis.log(""),
                    drawn);
        });
        return plot.draw();
    }

    private static List<OptionalDouble> each(List<Curve> runs, Function<Curve, OptionalDouble> value) {
        return runs.stream().map(value).toList();
    }

    /// What is missing counts as the least; of an even number the lower middle one.
    static OptionalDouble median(List<OptionalDouble> values) {
        List<OptionalDouble> sorted = values.stream()
                .sorted((a, b) -> Double.compare(a.orElse(-1), b.orElse(-1)))
                .toList();
        return sorted.isEmpty() ? OptionalDouble.empty() : sorted.get((sorted.size() - 1) / 2);
    }

    private static String row(String head, Function<Double, String> cell) {
        StringBuilder row = new StringBuilder(format("%-32s", head));
        for (double recall : RECALLS) {
            row.append(format("%12s", cell.apply(recall)));
        }
        return row.toString();
    }

    private static String text(String form, OptionalDouble value) {
        return value.isPresent() ? format(form, value.getAsDouble()) : UNREACHED;
    }

    private static String format(String form, Object value) {
        return String.format(Locale.ROOT, form, value);
    }
}
