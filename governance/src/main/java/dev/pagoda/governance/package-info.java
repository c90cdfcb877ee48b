/// The pillar beside the three layers: who may do what, and what it cost.
@NullMarked
package dev.pagoda.governance;

import org.jspecify.annotations.NullMarked;
