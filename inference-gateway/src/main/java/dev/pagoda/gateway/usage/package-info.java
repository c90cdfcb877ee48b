/// What requests used, on its way to the ledger: on disk before the answer, booked in batches after it.
@NullMarked
package dev.pagoda.gateway.usage;

import org.jspecify.annotations.NullMarked;
