package dev.pagoda.gateway.backend;

import jdk.jfr.Category;
import jdk.jfr.Description;
import jdk.jfr.Enabled;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;

/// Text that an engine has made, for the flight recorder: when it was due by the engine's own schedule. Costs nothing
/// unless a recording asks for it.
@Name("dev.pagoda.Delta")
@Label("Delta")
@Description("Text that an engine has made, with the time at which its schedule has it")
@Category({"Pagoda", "Gateway"})
@Enabled(false)
@StackTrace(false)
final class DeltaEvent extends Event {
    @Label("Request")
    String request = "";

    @Label("Choice")
    int choice;

    @Label("Tokens")
    int tokens;

    @Label("First Due")
    @Description("When the first of its tokens was due, by the clock of System.nanoTime")
    long firstDueNanos;

    @Label("Last Due")
    @Description("When the last of its tokens was due, by the clock of System.nanoTime")
    long lastDueNanos;

    /// @param firstNanos when the first of its tokens was made, in the engines' time
    /// @param lastNanos  when the last was
    static void tell(ChatJob.Turn turn, ChatDelta delta, EngineClock clock, long firstNanos, long lastNanos) {
        var event = new DeltaEvent();
        if (event.shouldCommit() && !delta.text().isEmpty()) {
            event.request = turn.job.session.request().requestId();
            event.choice = turn.choice;
            event.tokens = delta.tokens();
            event.firstDueNanos = clock.realNanos(firstNanos);
            event.lastDueNanos = clock.realNanos(lastNanos);
            event.commit();
        }
    }
}
