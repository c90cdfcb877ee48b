package dev.pagoda.gateway.backend;

import io.vertx.core.Vertx;
import java.util.Random;

/// What befalls the requests of a deployment: what they ask for themselves, or else what the plan draws.
///
/// Belongs to the deployments' context.
final class FaultInjection {
    private final Vertx vertx;
    private FaultPlan plan = FaultPlan.NONE;
    private Random chance = new Random(0);

    FaultInjection(Vertx vertx) {
        this.vertx = vertx;
    }

    /// Another plan from now on, for as long as it holds.
    @SuppressWarnings("ReferenceEquality") // a plan set since has a time of its own, even an equal one
    void follow(FaultPlan next) {
        plan = next;
        chance = new Random(next.seed());
        if (next.forSeconds() > 0) {
            vertx.setTimer(next.forSeconds() * 1_000L, later -> {
                if (plan == next) {
                    plan = FaultPlan.NONE;
                }
            });
        }
    }

    FaultPlan plan() {
        return plan;
    }

    /// What befalls the next request.
    RequestFault draw(ChatRequest request) {
        RequestFault asked = RequestFault.asked(request.hints());
        return asked.equals(RequestFault.NONE) ? plan.draw(chance) : asked;
    }
}
