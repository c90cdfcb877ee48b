package dev.pagoda.gateway.study;

import com.fasterxml.jackson.databind.JsonNode;
import dev.pagoda.gateway.model.Curve;
import dev.pagoda.gateway.model.Link;
import java.nio.file.Path;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// The `hardware.yaml` of LLMServingSim's profiler: what exchanges between devices took by their size, under
/// `measured.interconnect.samples`, or only a bandwidth and a latency under `defaults`.
final class HardwareFile {
    private static final String ALL_REDUCE = "all_reduce";
    private static final double GIB = 1L << 30;

    private HardwareFile() {}

    /// @return empty where the file tells of no link
    /// @throws TraceFault if what it tells is broken
    static Optional<Link> link(Path file, JsonNode root) {
        JsonNode interconnect = root.path("measured").path("interconnect");
        Map<String, NavigableMap<Integer, Double>> points = new TreeMap<>();
        for (JsonNode sample : interconnect.path("samples")) {
            String collective = sample.path("collective")
                    .asText(interconnect.path("collective").asText(ALL_REDUCE));
            double micros = sample.path("us_graphed").asDouble(sample.path("us").asDouble(-1));
            if (!sample.path("bytes").isInt() || sample.path("bytes").asInt() < 1 || !(micros >= 0)) {
                throw new TraceFault(file + ": expected bytes and us above 0 in each of the samples, not " + sample);
            }
            points.computeIfAbsent(collective, absent -> new TreeMap<>())
                    .put(sample.path("bytes").asInt(), micros);
        }
        if (points.containsKey(ALL_REDUCE)) {
            int devices = interconnect.path("npus").asInt(2);
            if (devices < 2) {
                throw new TraceFault(file + ": npus is " + devices + ", expected at least 2");
            }
            return Optional.of(new Link.Measured(
                    devices,
                    new Curve(points.getOrDefault(ALL_REDUCE, new TreeMap<>())),
                    curve(points.get("all_gather")),
                    curve(points.get("reduce_scatter"))));
        }
        JsonNode bandwidth = root.path("defaults").path("link_bw");
        JsonNode latency = root.path("defaults").path("link_latency");
        if (!bandwidth.path("value").isNumber()) {
            return Optional.empty();
        }
        double unit = bandwidth.path("unit").asText("GB/s").equals("GiB/s") ? GIB : 1e9;
        double rate = bandwidth.path("value").asDouble();
        double nanos = latency.path("value").asDouble(0);
        if (!(rate > 0) || !(nanos >= 0)) {
            throw new TraceFault(file + ": link_bw " + rate + " and link_latency " + nanos
                    + ": expected the first above 0, the second not below");
        }
        // the file's latency is of one of an exchange's two rounds
        return Optional.of(new Link.Ring(2 * nanos / 1e3, rate * unit));
    }

    private static @Nullable Curve curve(@Nullable NavigableMap<Integer, Double> points) {
        return points == null ? null : new Curve(points);
    }
}
