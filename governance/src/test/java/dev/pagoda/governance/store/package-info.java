/// Tests of the SQL store, the same on both databases.
@NullMarked
package dev.pagoda.governance.store;

import org.jspecify.annotations.NullMarked;
