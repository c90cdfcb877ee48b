package dev.pagoda.compute;

import dev.pagoda.compute.api.AddNodes;
import dev.pagoda.compute.fleet.IsolationMode;
import dev.pagoda.compute.fleet.NodeGroup;
import dev.pagoda.compute.fleet.Site;
import dev.pagoda.compute.fleet.StorageTier;
import java.util.Arrays;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/// Nodes that somebody adds, as a group of the configuration.
final class NewNodes {
    private NewNodes() {}

    /// @throws IllegalArgumentException saying what is wrong
    static NodeGroup group(AddNodes asked) {
        var site = new Site(
                asked.region(),
                asked.zone(),
                null,
                null,
                null,
                named("storage", StorageTier.class, asked.storage()),
                null,
                named("isolation", IsolationMode.class, asked.isolation()));
        return new NodeGroup(
                asked.count(),
                asked.prefix(),
                asked.accelerator(),
                asked.devices(),
                asked.hostMemoryGib(),
                null,
                site,
                asked.partition(),
                asked.usdPerHour());
    }

    private static <E extends Enum<E>> @Nullable E named(String what, Class<E> kind, @Nullable String name) {
        if (name == null) {
            return null;
        }
        return Arrays.stream(kind.getEnumConstants())
                .filter(each -> each.name().equals(name.toUpperCase(Locale.ROOT)))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException(
                        what + " \"" + name + "\" is none of " + Arrays.toString(kind.getEnumConstants())));
    }
}
