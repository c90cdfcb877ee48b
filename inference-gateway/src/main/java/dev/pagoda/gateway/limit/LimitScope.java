package dev.pagoda.gateway.limit;

import dev.pagoda.governance.api.Principal;
import java.util.List;

/// Whose requests a limit counts together: those of the whole platform, an enterprise, a team, a project or a key,
/// to all models or to one.
///
/// A part that is empty stands for any. A team is named with its tenant, a project with its team, a key with its
/// tenant.
///
/// @param key   public id of an API key
/// @param model the served model's name
public record LimitScope(String tenant, String team, String project, String key, String model) {
    /// Longest name of any part.
    static final int MAX_CHARS = 200;

    public LimitScope {
        for (String part : List.of(tenant, team, project, key, model)) {
            if (part.length() > MAX_CHARS || part.indexOf('\0') >= 0) {
                throw new IllegalArgumentException("a name of " + part.length() + " characters is longer than "
                        + MAX_CHARS + " or contains a NUL");
            }
        }
        if (tenant.isEmpty() && !(team.isEmpty() && project.isEmpty() && key.isEmpty())) {
            throw new IllegalArgumentException("a team, project or key is named with its tenant");
        }
        if (team.isEmpty() && !project.isEmpty()) {
            throw new IllegalArgumentException("project '" + project + "' is named without its team");
        }
    }

    /// All models for a whole enterprise.
    public static LimitScope ofTenant(String tenant) {
        return new LimitScope(tenant, "", "", "", "");
    }

    /// Whether it is about everything that an enterprise does.
    public boolean isWholeTenant() {
        return !tenant.isEmpty() && team.isEmpty() && project.isEmpty() && key.isEmpty() && model.isEmpty();
    }

    /// Whether a request of this principal to this model counts; names are not told apart by case.
    boolean covers(Principal principal, String requested) {
        return (tenant.isEmpty() || tenant.equals(principal.tenant()))
                && (team.isEmpty() || team.equals(principal.team()))
                && (project.isEmpty() || project.equals(principal.project()))
                && (key.isEmpty() || key.equals(principal.key()))
                && (model.isEmpty() || model.equalsIgnoreCase(requested));
    }

    /// How a refusal names whose limit it was, for example `project research`.
    String holder() {
        if (!key.isEmpty()) {
            return "key " + key;
        }
        if (!project.isEmpty()) {
            return "project " + project;
        }
        if (!team.isEmpty()) {
            return "team " + team;
        }
        return tenant.isEmpty() ? "the platform" : "organization " + tenant;
    }
}
