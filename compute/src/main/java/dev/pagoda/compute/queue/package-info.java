/// Whose turn it is: quotas, fair shares, the queue of jobs and what happens to them over time.
@NullMarked
package dev.pagoda.compute.queue;

import org.jspecify.annotations.NullMarked;
