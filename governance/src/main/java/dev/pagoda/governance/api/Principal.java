package dev.pagoda.governance.api;

/// Who makes a call: an API key, or the platform itself.
///
/// @param tenant  the enterprise; data never crosses from one tenant to another
/// @param team    the team within the tenant, empty for the platform
/// @param project the project within the team, empty for the platform
/// @param key     public id of the API key, never its secret; `platform` for internal calls
/// @param role    what the principal may do beyond its own tenant's data
public record Principal(String tenant, String team, String project, String key, Role role) {
    /// Tenant of calls that the platform makes for itself.
    public static final String PLATFORM_TENANT = "platform";

    /// The platform itself: restores state, seeds, reports to the console.
    public static final Principal PLATFORM = new Principal(PLATFORM_TENANT, "", "", "platform", Role.ADMIN);

    public Principal {
        if (tenant.isBlank()) {
            throw new IllegalArgumentException("a principal needs a tenant");
        }
        if (key.isBlank()) {
            throw new IllegalArgumentException("a principal of tenant " + tenant + " needs a key id");
        }
    }

    public boolean isAdmin() {
        return role == Role.ADMIN;
    }

    /// Whether this is the platform itself, which sees every tenant.
    public boolean isPlatform() {
        return tenant.equals(PLATFORM_TENANT);
    }

    /// What a key may do.
    public enum Role {
        /// Uses its own tenant's data and models.
        MEMBER,
        /// Also administers the platform: tenants, nodes, public models.
        ADMIN
    }
}
