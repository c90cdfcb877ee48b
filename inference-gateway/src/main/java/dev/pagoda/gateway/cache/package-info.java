/// Answers that are given again to the same question, or to one that means the same: by tenant, off until a tenant's
/// policy asks for it.
@NullMarked
package dev.pagoda.gateway.cache;

import org.jspecify.annotations.NullMarked;
