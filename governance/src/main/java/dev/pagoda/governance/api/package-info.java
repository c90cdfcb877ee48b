/// Tenants, principals and usage as other modules see them.
@NullMarked
package dev.pagoda.governance.api;

import org.jspecify.annotations.NullMarked;
