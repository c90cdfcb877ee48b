@NullMarked
package dev.pagoda.deploy.simulate;

import org.jspecify.annotations.NullMarked;
