package dev.pagoda.gateway.scale;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;

/// One replica more when the replicas that are not saturated have too little left, one fewer when one fewer would leave
/// enough, by queues and KV blocks: the saturation rule of llm-d's workload variant autoscaler (0.4, 2025) with the
/// values it ships. A replica is saturated from 80 % of its KV blocks or 5 waiting requests on; spare is what is
/// missing to that; one more below a mean of 10 % or 3 requests, none while another is starting. Figures are
/// the highest of the last minute, and a decision falls once in as long; one replica stays.
public final class PressureScaler implements Autoscaler {
    private static final double KV_THRESHOLD = .8;
    private static final double QUEUE_THRESHOLD = 5;
    private static final double KV_SPARE_TRIGGER = .1;
    private static final double QUEUE_SPARE_TRIGGER = 3;
    private static final double INTERVAL_SECONDS = 60;

    private record Sample(double atSeconds, List<Reading.Load> loads) {}

    private final ArrayDeque<Sample> samples = new ArrayDeque<>();
    private double nextSeconds = -1;
    private int decided;

    @Override
    public int wanted(Reading reading) {
        double seconds = reading.nowNanos() / 1e9;
        samples.addLast(new Sample(seconds, reading.ready()));
        while (samples.getFirst().atSeconds() <= seconds - INTERVAL_SECONDS) {
            samples.removeFirst();
        }
        if (nextSeconds < 0) {
            nextSeconds = seconds + INTERVAL_SECONDS;
            decided = Math.max(1, reading.replicas());
        } else if (seconds >= nextSeconds - 1e-9) {
            nextSeconds = seconds + INTERVAL_SECONDS;
            decided = decide(reading);
        }
        return decided;
    }

    private int decide(Reading reading) {
        int replicas = reading.replicas();
        List<Reading.Load> loads = highest(reading.ready().size());
        if (loads.isEmpty()) {
            return Math.max(1, replicas);
        }
        int count = 0;
        double kv = 0;
        double queue = 0;
        for (Reading.Load each : loads) {
            if (each.kvUsage() < KV_THRESHOLD && each.waiting() < QUEUE_THRESHOLD) {
                count++;
                kv += each.kvUsage();
                queue += each.waiting();
            }
        }
        boolean isShort = count == 0
                || KV_THRESHOLD - kv / count < KV_SPARE_TRIGGER
                || QUEUE_THRESHOLD - queue / count < QUEUE_SPARE_TRIGGER;
        if (isShort) {
            return reading.starting() > 0 ? replicas : replicas + 1;
        }
        boolean canSpareOne = count > 1
                && KV_THRESHOLD - kv / (count - 1) >= KV_SPARE_TRIGGER
                && QUEUE_THRESHOLD - queue / (count - 1) >= QUEUE_SPARE_TRIGGER;
        return canSpareOne && reading.starting() == 0 ? Math.max(1, replicas - 1) : Math.max(1, replicas);
    }

    /// Of each replica that is there now, the highest figures of the window.
    private List<Reading.Load> highest(int replicas) {
        var highest = new ArrayList<Reading.Load>();
        for (int i = 0; i < replicas; i++) {
            int running = 0;
            int waiting = 0;
            double kv = 0;
            for (Sample sample : samples) {
                if (i < sample.loads().size()) {
                    Reading.Load load = sample.loads().get(i);
                    running = Math.max(running, load.running());
                    waiting = Math.max(waiting, load.waiting());
                    kv = Math.max(kv, load.kvUsage());
                }
            }
            highest.add(new Reading.Load(running, waiting, kv));
        }
        return highest;
    }
}
