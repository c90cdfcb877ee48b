package dev.pagoda.gateway.metrics;

import java.util.Collection;
import java.util.TreeSet;

/// The LoRA adapters of an engine.
///
/// @param slots       adapters that one step can have (`max_loras`)
/// @param running     names in use, joined by commas
/// @param waiting     names waited for, joined by commas
/// @param sinceSeconds when this was so, since 1970
public record AdapterLoad(int slots, String running, String waiting, double sinceSeconds) {
    public static AdapterLoad of(
            int slots, Collection<String> running, Collection<String> waiting, double sinceSeconds) {
        return new AdapterLoad(
                slots,
                String.join(",", new TreeSet<>(running)),
                String.join(",", new TreeSet<>(waiting)),
                sinceSeconds);
    }

    String labels() {
        return "max_lora=\"" + slots + "\",running_lora_adapters=\"" + EngineMetrics.escape(running)
                + "\",waiting_lora_adapters=\"" + EngineMetrics.escape(waiting) + '"';
    }
}
