/// What measurements of serving are told in, whether measured or simulated: objectives and pictures.
@NullMarked
package dev.pagoda.gateway.report;

import org.jspecify.annotations.NullMarked;
