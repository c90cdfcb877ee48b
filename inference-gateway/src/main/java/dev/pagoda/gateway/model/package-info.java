/// The performance model: how long one engine step takes, and how many tokens a device's memory holds.
@NullMarked
package dev.pagoda.gateway.model;

import org.jspecify.annotations.NullMarked;
