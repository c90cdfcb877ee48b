@NullMarked
package dev.pagoda.gateway.report;

import org.jspecify.annotations.NullMarked;
