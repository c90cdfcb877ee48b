package dev.pagoda.compute.fleet;

import java.util.Objects;

/// Where a device stands between its modes. Time is a parameter, in microseconds.
///
/// ```
///            ask, still in use            last partition gone
///   Serving ------------------> Draining --------------------> Switching
///      ^  ^----- call off ---------'                               |
///      |                                                           |
///      '------------------------- ready ---------------------------'
///                                (ask of an empty device: Serving -> Switching)
/// ```
///
/// A device that drains takes nothing new, what runs on it runs on. A switch under way cannot be called off.
public sealed interface PartitionState {
    /// The mode that the device is in; while it switches, the one it leaves.
    PartitionScheme mode();

    /// Whether a new task may be placed on the device.
    default boolean takesWork() {
        return this instanceof Serving;
    }

    /// A device at work in its mode.
    record Serving(PartitionScheme mode) implements PartitionState {
        public Serving {
            Objects.requireNonNull(mode, "mode");
        }
    }

    /// A device that waits for its last task before it changes.
    record Draining(PartitionScheme mode, PartitionScheme next, long sinceMicros) implements PartitionState {
        public Draining {
            Objects.requireNonNull(mode, "mode");
            Objects.requireNonNull(next, "next");
        }
    }

    /// An empty device on its way to another mode.
    record Switching(PartitionScheme mode, PartitionScheme next, long readyAtMicros) implements PartitionState {
        public Switching {
            Objects.requireNonNull(mode, "mode");
            Objects.requireNonNull(next, "next");
        }
    }

    /// Asks for another mode.
    ///
    /// @param occupied the slots that are taken, 0 when the device is empty
    /// @return the next state; the same when the device is in that mode or on its way there
    /// @throws IllegalStateException if a switch to a third mode is under way, saying until when
    default PartitionState ask(PartitionScheme next, long occupied, long nowMicros) {
        return switch (this) {
            case Serving serving when serving.mode.name().equals(next.name()) -> this;
            case Serving serving when occupied == 0 -> begin(serving.mode, next, nowMicros);
            case Serving serving -> new Draining(serving.mode, next, nowMicros);
            case Draining draining when draining.mode.name().equals(next.name()) -> new Serving(draining.mode);
            case Draining draining -> new Draining(draining.mode, next, draining.sinceMicros);
            case Switching switching when switching.next.name().equals(next.name()) -> this;
            case Switching switching ->
                throw new IllegalStateException("the device is on its way from " + switching.mode + " to "
                        + switching.next + " until " + switching.readyAtMicros + ", it cannot be asked for " + next);
        };
    }

    /// What follows when the occupancy of the device has changed.
    default PartitionState occupied(long occupied, long nowMicros) {
        return this instanceof Draining draining && occupied == 0
                ? begin(draining.mode, draining.next, nowMicros)
                : this;
    }

    /// What follows when time has passed.
    default PartitionState at(long nowMicros) {
        return this instanceof Switching switching && nowMicros >= switching.readyAtMicros
                ? new Serving(switching.next)
                : this;
    }

    /// Calls a change off that has not begun; no effect on a device that serves or switches.
    default PartitionState callOff() {
        return this instanceof Draining draining ? new Serving(draining.mode) : this;
    }

    private static PartitionState begin(PartitionScheme from, PartitionScheme to, long nowMicros) {
        long micros = from.times().changeMicros(to.times());
        return micros == 0 ? new Serving(to) : new Switching(from, to, Math.addExact(nowMicros, micros));
    }
}
