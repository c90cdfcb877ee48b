package dev.pagoda.registry.api;

import java.util.List;

/// Which tenants beside the owner may see and use a model.
///
/// @param everyone every tenant
/// @param tenants  the ones that may when not everyone may, at most 1000
public record ModelAccess(boolean everyone, List<String> tenants) {
    private static final int MAX_TENANTS = 1_000;

    /// The owner alone.
    public static final ModelAccess OWNER_ONLY = new ModelAccess(false, List.of());

    /// Every tenant.
    public static final ModelAccess EVERYONE = new ModelAccess(true, List.of());

    public ModelAccess {
        tenants = List.copyOf(tenants);
        if (tenants.size() > MAX_TENANTS) {
            throw new IllegalArgumentException(
                    tenants.size() + " tenants are named, at most " + MAX_TENANTS + " are allowed");
        }
        for (String tenant : tenants) {
            if (tenant.isBlank() || tenant.length() > 200) {
                throw new IllegalArgumentException("a tenant of " + tenant.length() + " characters is named, 1 to 200");
            }
        }
    }

    public boolean admits(String tenant) {
        return everyone || tenants.contains(tenant);
    }
}
