package dev.pagoda.deploy.simulate;

import dev.pagoda.gateway.report.Axis;
import dev.pagoda.gateway.report.Plot;
import dev.pagoda.gateway.study.ServingResult;
import dev.pagoda.gateway.study.ServingResult.Tick;
import java.util.List;
import java.util.function.ToDoubleFunction;

/// A study over time: sequences, engines and the KV cache.
final class ServingPicture {
    private ServingPicture() {}

    static String draw(ServingResult result) {
        List<Tick> ticks = result.ticks();
        double[] seconds =
                ticks.stream().mapToDouble(each -> each.atNanos() / 1e9).toArray();
        Axis time = Axis.fromZero("seconds");
        return new Plot()
                .curves(
                        "Sequences",
                        time,
                        Axis.fromZero(""),
                        List.of(
                                curve("running", seconds, ticks, Tick::running),
                                curve("waiting", seconds, ticks, Tick::waiting)))
                .curves(
                        "Engines",
                        time,
                        Axis.fromZero(""),
                        List.of(
                                curve("holding devices", seconds, ticks, Tick::engines),
                                curve("ready", seconds, ticks, Tick::ready)))
                .curves(
                        "KV cache, held share",
                        time,
                        Axis.fromZero(""),
                        List.of(curve("KV cache", seconds, ticks, Tick::kvUsage)))
                .draw();
    }

    private static Plot.Curve curve(String name, double[] seconds, List<Tick> ticks, ToDoubleFunction<Tick> figure) {
        return new Plot.Curve(name, seconds, ticks.stream().mapToDouble(figure).toArray(), false);
    }
}
