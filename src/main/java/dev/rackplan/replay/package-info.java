/**
 * Requests one by one through pools of GPUs in simulated time: what each waits for, and what a plan
 * gives under a trace.
 *
 * <p>Steps are priced by {@code cost} alone, on a grid made once; nothing here counts bytes or
 * FLOPs. Times are seconds of the trace, never of a clock; the same arguments give the same figures
 * on every machine. May import {@code cost} and what lies before it; only {@code report}, {@code
 * json} and {@code cli} may import it.
 */
package dev.rackplan.replay;
