/**
 * What is asked of the deployment: phase, context, concurrency, and how tokens are routed to
 * experts.
 *
 * <p>May import {@code model}. Pure data: no files, no clock, no random source; synthetic routing
 * is a function of its seed.
 */
package dev.rackplan.workload;
