package dev.pagoda.compute.fleet;

/// What keeps tasks of different tenants apart on a node, and what that costs. Start times and overheads are
/// typical ones and estimates.
public enum IsolationMode {
    /// The machine is handed over: its firmware is reset and its disk written before each tenant.
    BARE_METAL(600_000_000, 0, 0),
    /// Name spaces and control groups of one kernel; about half a second for containerd and its hooks.
    CONTAINER(500_000, 0, 16),
    /// A kernel of its own with devices passed through. Pinning the guest's memory for the devices is what
    /// takes the time.
    VM(20_000_000, 20, 512);

    private final long startMicros;
    private final int computeOverheadMilli;
    private final int memoryOverheadMib;

    IsolationMode(long startMicros, int computeOverheadMilli, int memoryOverheadMib) {
        this.startMicros = startMicros;
        this.computeOverheadMilli = computeOverheadMilli;
        this.memoryOverheadMib = memoryOverheadMib;
    }

    /// From the decision until the first program of the task runs, with its image there.
    public long startMicros() {
        return startMicros;
    }

    /// Thousandths of the time of a task that are lost to it.
    public int computeOverheadMilli() {
        return computeOverheadMilli;
    }

    /// Host memory that it needs beside the task's.
    public int memoryOverheadMib() {
        return memoryOverheadMib;
    }
}
