/**
 * How requests wait and run where the same GPUs read prompts and decode: what a step takes by what
 * is in it, waiting and capacity by formula, and clients that start together; which instances serve
 * a goal, with prompts and decode together or apart, what hosts lost leave, and who pays for what.
 *
 * <p>Steps are priced by {@code cost} alone; times are seconds, rates are requests per second. May
 * import {@code evaluation} and what lies before it; no search, no files, no clock.
 */
package dev.rackplan.serving;
