package dev.pagoda.deploy.simulate;

import dev.pagoda.compute.sim.ClusterShape;
import dev.pagoda.compute.trace.ClusterNodes;
import dev.pagoda.compute.trace.TraceText;
import dev.pagoda.deploy.StartRefused;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/// A cluster as a user writes it: a file, or devices and how many, `v100=36/4,k80=36`, a node holding so many.
final class ClusterText {
    private static final Pattern POOL = Pattern.compile("([A-Za-z0-9_.-]{1,60})=(\\d{1,7})(?:/(\\d{1,4}))?");

    private ClusterText() {}

    /// @param perNode devices of a node where the text does not say
    /// @throws StartRefused if it is neither
    static ClusterShape parse(String text, int perNode) {
        List<ClusterShape.Pool> pools = new ArrayList<>();
        try {
            if (!text.contains("=") || Files.exists(Path.of(text))) {
                ClusterNodes.read(TraceText.read(Path.of(text)))
                        .byModel()
                        .forEach((model, nodes) -> pools.add(new ClusterShape.Pool(
                                model,
                                nodes.stream().mapToInt(Integer::intValue).toArray())));
                return new ClusterShape(pools);
            }
            for (String part : text.split(",", -1)) {
                Matcher pool = POOL.matcher(part.strip());
                if (!pool.matches()) {
                    throw new StartRefused("--cluster " + text + " is neither a file nor a list like"
                            + " v100=36,p100=36/4, a device, how many, and if you like how many in a node");
                }
                pools.add(ClusterShape.Pool.of(
                        pool.group(1),
                        Integer.parseInt(pool.group(2)),
                        pool.group(3) == null ? perNode : Integer.parseInt(pool.group(3))));
            }
            return new ClusterShape(pools);
        } catch (IllegalArgumentException wrong) {
            throw new StartRefused("--cluster " + text + ": " + wrong.getMessage(), wrong);
        }
    }

    /// Its devices and their numbers.
    static String describe(ClusterShape cluster) {
        return cluster.pools().stream()
                .map(pool -> pool.devices() + " " + pool.device() + " in "
                        + (pool.perNode().length == 1 ? "1 node" : pool.perNode().length + " nodes"))
                .collect(Collectors.joining(", "));
    }
}
