/// Tests of authz.
@NullMarked
package dev.pagoda.governance.authz;

import org.jspecify.annotations.NullMarked;
