/// Tenants, teams, projects and API keys, and who may do what.
@NullMarked
package dev.pagoda.governance.authz;

import org.jspecify.annotations.NullMarked;
