/// Meters and the Prometheus text page.
@NullMarked
package dev.pagoda.governance.telemetry;

import org.jspecify.annotations.NullMarked;
