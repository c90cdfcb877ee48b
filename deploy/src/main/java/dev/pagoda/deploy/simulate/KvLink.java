package dev.pagoda.deploy.simulate;

import dev.pagoda.compute.api.AcceleratorSpec;
import dev.pagoda.compute.fleet.AcceleratorCatalogue;
import dev.pagoda.compute.fleet.HostLink;
import dev.pagoda.compute.fleet.NetworkTier;
import dev.pagoda.deploy.StartRefused;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/// The link over which an engine that reads prompts sends keys and values, and where its figures are from.
///
/// @param latencyNanos   of a transfer beside its bytes
/// @param bytesPerSecond of all devices of the engine together
record KvLink(long latencyNanos, double bytesPerSecond, String source) {
    /// Setting a transfer up, which no data tells; an estimate.
    private static final double SET_UP_SECONDS = 50e-6;

    private static final double USUAL_SECONDS = 10e-6;
    private static final double USUAL_BYTES = 50e9;

    /// @param text microseconds and GB/s, or what the link is; null for the usual
    static KvLink of(@Nullable String text, ServingSetup setup) {
        if (text == null) {
            return link(USUAL_SECONDS, USUAL_BYTES, "assumed: a port of 400 Gbit/s for each engine");
        }
        if (text.contains(":")) {
            double[] given = EngineOptions.pair("--kv-link", text);
            return link(given[0] / 1e6, given[1] * 1e9, "as given");
        }
        int devices = setup.parallel().devices();
        return switch (text) {
            case "device" -> {
                AcceleratorSpec spec = known(setup);
                if (spec.link().bytesPerSecondOneWay() == 0) {
                    throw new StartRefused("--kv-link device: " + spec.id() + " has no links of its own, --kv-link host"
                            + " or the name of a network would do");
                }
                yield link(
                        SET_UP_SECONDS,
                        devices * spec.link().bytesPerSecondOneWay(),
                        spec.link().name() + " of the catalogue, confidence "
                                + spec.provenance().confidence() + "; latency estimated");
            }
            case "host" -> {
                HostLink host =
                        AcceleratorCatalogue.shipped().hostLink(known(setup).id());
                yield link(
                        SET_UP_SECONDS,
                        devices * host.bytesPerSecond(),
                        host.name() + " of the catalogue, confidence "
                                + known(setup).provenance().confidence() + "; latency estimated");
            }
            default -> {
                NetworkTier network = network(text);
                int ports = network.hasRdma() ? devices : 1;
                yield link(
                        SET_UP_SECONDS + network.latencySeconds(),
                        ports * network.bytesPerSecond(),
                        "the standard's rate, " + ports + (ports == 1 ? " port" : " ports") + "; latency estimated");
            }
        };
    }

    private static KvLink link(double seconds, double bytesPerSecond, String source) {
        return new KvLink(Math.round(seconds * 1e9), bytesPerSecond, source);
    }

    private static AcceleratorSpec known(ServingSetup setup) {
        AcceleratorSpec spec = setup.spec();
        if (spec == null) {
            throw new StartRefused("--kv-link: nothing is known of the links of "
                    + setup.device().id() + ", so that microseconds and GB/s are needed");
        }
        return spec;
    }

    private static NetworkTier network(String name) {
        List<NetworkTier> networks = List.of(NetworkTier.values());
        return networks.stream()
                .filter(each -> name(each).equals(name))
                .findFirst()
                .orElseThrow(() -> new StartRefused("--kv-link " + name
                        + " is neither microseconds and GB/s such as 10:50, nor device, host or one of "
                        + networks.stream().map(KvLink::name).toList()));
    }

    private static String name(NetworkTier network) {
        return network.name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
}
