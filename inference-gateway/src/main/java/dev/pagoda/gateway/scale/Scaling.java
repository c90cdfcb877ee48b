package dev.pagoda.gateway.scale;

import java.util.List;

/// An autoscaler as users name it: its rule, and after a colon what the rule takes.
///
/// @param argument empty for the rule's own default
public record Scaling(Rule rule, String argument) {
    /// The rules.
    public enum Rule {
        /// [FixedScaler]; replicas after the colon.
        FIXED("fixed"),
        /// [KnativeScaler]; the concurrency of one replica after the colon.
        KNATIVE("knative"),
        /// [PressureScaler].
        PRESSURE("pressure"),
        /// [SlaPlanner].
        SLA_PLANNER("sla-planner"),
        /// [ScheduleScaler]; the timetable after the colon.
        SCHEDULE("schedule"),
        /// [ForecastScaler]; what a request in time is worth after the colon, in seconds of a replica. Without it a
        /// request is worth a multiple of the least that one would have cost so far.
        FORECAST("forecast");

        private final String label;

        Rule(String label) {
            this.label = label;
        }
    }

    /// What autoscalers must know of a deployment.
    ///
    /// @param startSeconds that a replica's start takes
    /// @param ttftMillis   that is wanted
    /// @param itlMillis    that is wanted
    public record Setting(ServingProfile profile, double startSeconds, double ttftMillis, double itlMillis) {}

    private static final String FORMS =
            "fixed:N, knative, knative:CONCURRENCY, pressure, sla-planner, schedule:0=1,600=4 and forecast,"
                    + " forecast:SECONDS";

    /// @throws IllegalArgumentException if there is no such rule or it takes no such argument
    public static Scaling named(String text) {
        int colon = text.indexOf(':');
        String name = colon < 0 ? text : text.substring(0, colon);
        String argument = colon < 0 ? "" : text.substring(colon + 1);
        for (Rule each : Rule.values()) {
            if (each.label.equals(name)) {
                var scaling = new Scaling(each, argument);
                scaling.check(colon >= 0);
                return scaling;
            }
        }
        throw new IllegalArgumentException("autoscaler " + text + " is none of " + FORMS);
    }

    public static List<String> labels() {
        return List.of(Rule.values()).stream().map(rule -> rule.label).toList();
    }

    private void check(boolean hasColon) {
        boolean fits = switch (rule) {
            case FIXED -> argument.matches("\\d{1,6}");
            case KNATIVE, FORECAST -> !hasColon || (argument.matches("\\d{1,9}(\\.\\d{1,9})?") && number() > 0);
            case PRESSURE, SLA_PLANNER -> !hasColon;
            case SCHEDULE -> hasColon && ScheduleScaler.parse(argument) != null;
        };
        if (!fits) {
            throw new IllegalArgumentException("autoscaler " + label() + " is none of " + FORMS);
        }
    }

    private double number() {
        return Double.parseDouble(argument);
    }

    public String label() {
        return argument.isEmpty() ? rule.label : rule.label + ":" + argument;
    }

    /// An autoscaler that has seen nothing yet.
    public Autoscaler autoscaler(Setting setting) {
        return switch (rule) {
            case FIXED -> new FixedScaler(Integer.parseInt(argument));
            case KNATIVE -> new KnativeScaler(argument.isEmpty() ? KnativeScaler.DEFAULT_CONCURRENCY : number());
            case PRESSURE -> new PressureScaler();
            case SLA_PLANNER -> new SlaPlanner(setting.profile(), setting.itlMillis());
            case SCHEDULE -> ScheduleScaler.parse(argument);
            case FORECAST ->
                argument.isEmpty()
                        ? new ForecastScaler(
                                setting.profile(), setting.startSeconds(), setting.ttftMillis(), setting.itlMillis())
                        : new ForecastScaler(
                                setting.profile(),
                                setting.startSeconds(),
                                setting.ttftMillis(),
                                setting.itlMillis(),
                                number());
        };
    }
}
