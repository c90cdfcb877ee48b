package dev.pagoda.compute.placement;

/// Why one node cannot take a task, from what no waiting mends to what a release does.
public enum Lack {
    /// Its devices are of a model that the task does not accept, or it has none.
    ACCELERATOR("have another accelerator", true),
    /// It has fewer devices than the task needs.
    DEVICE_COUNT("have too few devices", true),
    /// Each of its devices has less memory than the task needs.
    DEVICE_MEMORY("have devices with too little memory", true),
    /// Its devices are divided otherwise: no such slice exists, or too few devices are whole.
    PARTITION("have devices divided otherwise", false),
    /// It has fewer cores in all than the task needs.
    CPU_CAPACITY("have too few cores in all", true),
    /// It has less memory in all than the task needs.
    MEMORY_CAPACITY("have too little memory in all", true),
    /// The node is down.
    NODE_DOWN("are down", false),
    /// The node or a device takes no new work until it is empty or divided.
    DRAINING("are draining", false),
    /// Enough devices, but some have failed.
    DEVICE_DOWN("have failed devices", false),
    /// It would fit, but not in the domain that the gang must share.
    DOMAIN("would fit outside one domain only", false),
    /// Enough of its devices are up, but others use them.
    DEVICES_BUSY("have their devices in use", false),
    /// Others use its memory.
    MEMORY_BUSY("have their memory in use", false),
    /// Others use its cores.
    CPU_BUSY("have their cores in use", false);

    private final String words;
    private final boolean permanent;

    Lack(String words, boolean permanent) {
        this.words = words;
        this.permanent = permanent;
    }

    /// How it reads after a number of nodes.
    public String words() {
        return words;
    }

    /// Whether only other hardware mends it.
    public boolean isPermanent() {
        return permanent;
    }
}
