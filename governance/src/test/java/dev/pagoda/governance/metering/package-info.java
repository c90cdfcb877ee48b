/// Tests of metering.
@NullMarked
package dev.pagoda.governance.metering;

import org.jspecify.annotations.NullMarked;
