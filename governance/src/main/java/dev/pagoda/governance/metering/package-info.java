/// What each request used, durable and priced at once, and the reports over it.
@NullMarked
package dev.pagoda.governance.metering;

import org.jspecify.annotations.NullMarked;
