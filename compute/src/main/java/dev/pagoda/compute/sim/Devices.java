package dev.pagoda.compute.sim;

import java.util.Arrays;
import java.util.Optional;

/// Which devices of a pool are free: whole ones for gangs, parts of one for shares. Gangs go to as few nodes as
/// hold them, into the fullest that does; what is asked again is answered the same way.
final class Devices {
    private final ClusterShape.Pool shape;
    private final int[] nodeOf;
    private final int[] firstOf;
    private final int[] freeMilli;
    private final int[] wholeOf;
    private int whole;
    private long freeMilliSum;

    Devices(ClusterShape.Pool shape) {
        this.shape = shape;
        int count = shape.devices();
        nodeOf = new int[count];
        freeMilli = new int[count];
        Arrays.fill(freeMilli, JobSpec.WHOLE);
        wholeOf = shape.perNode().clone();
        firstOf = new int[wholeOf.length];
        int device = 0;
        for (int node = 0; node < wholeOf.length; node++) {
            firstOf[node] = device;
            Arrays.fill(nodeOf, device, device + wholeOf[node], node);
            device += wholeOf[node];
        }
        whole = count;
        freeMilliSum = (long) count * JobSpec.WHOLE;
    }

    int count() {
        return freeMilli.length;
    }

    int whole() {
        return whole;
    }

    long freeMilli() {
        return freeMilliSum;
    }

    /// Whether the devices lie on more nodes than so many need at least.
    boolean isSpread(int[] devices) {
        int nodes = 1;
        for (int i = 1; i < devices.length; i++) {
            if (nodeOf[devices[i]] != nodeOf[devices[i - 1]]) {
                nodes++;
            }
        }
        int largest = shape.largestNode();
        return nodes > (devices.length + largest - 1) / largest;
    }

    /// Takes what a job needs.
    ///
    /// @return the devices, those of a node beside each other; empty if they cannot be had
    Optional<int[]> take(JobSpec job) {
        Optional<int[]> found = job.milli() < JobSpec.WHOLE ? share(job.milli()) : gang(job.devices());
        found.ifPresent(devices -> change(devices, -job.milli()));
        return found;
    }

    void free(int[] devices, int milli) {
        change(devices, milli);
    }

    /// The device with the least left that is enough, so that whole ones stay whole.
    private Optional<int[]> share(int milli) {
        int best = -1;
        for (int i = 0; i < freeMilli.length; i++) {
            if (freeMilli[i] >= milli && (best < 0 || freeMilli[i] < freeMilli[best])) {
                best = i;
            }
        }
        return best < 0 ? Optional.empty() : Optional.of(new int[] {best});
    }

    private Optional<int[]> gang(int wanted) {
        if (wanted > whole) {
            return Optional.empty();
        }
        int[] devices = new int[wanted];
        int have = 0;
        boolean[] used = new boolean[wholeOf.length];
        while (have < wanted) {
            int node = nextNode(wanted - have, used);
            used[node] = true;
            for (int i = firstOf[node]; have < wanted && i < firstOf[node] + shape.perNode()[node]; i++) {
                if (freeMilli[i] == JobSpec.WHOLE) {
                    devices[have++] = i;
                }
            }
        }
        return Optional.of(devices);
    }

    /// The fullest node that holds all that is left to place, or else the emptiest.
    private int nextNode(int left, boolean[] used) {
        int tightest = -1;
        int emptiest = -1;
        for (int node = 0; node < wholeOf.length; node++) {
            if (used[node]) {
                continue;
            }
            if (wholeOf[node] >= left && (tightest < 0 || wholeOf[node] < wholeOf[tightest])) {
                tightest = node;
            }
            if (emptiest < 0 || wholeOf[node] > wholeOf[emptiest]) {
                emptiest = node;
            }
        }
        return tightest >= 0 ? tightest : emptiest;
    }

    private void change(int[] devices, int milli) {
        for (int each : devices) {
            boolean wasWhole = freeMilli[each] == JobSpec.WHOLE;
            freeMilli[each] += milli;
            if (freeMilli[each] < 0 || freeMilli[each] > JobSpec.WHOLE) {
                throw new IllegalStateException(
                        "device " + each + " of " + shape.device() + " would have " + freeMilli[each] + " of 1000");
            }
            boolean isWhole = freeMilli[each] == JobSpec.WHOLE;
            if (wasWhole != isWhole) {
                int by = isWhole ? 1 : -1;
                wholeOf[nodeOf[each]] += by;
                whole += by;
            }
            freeMilliSum += milli;
        }
    }
}
