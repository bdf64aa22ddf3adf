package dev.rackplan.benchmark;

import dev.rackplan.plan.Plan;
import java.util.OptionalDouble;

/**
 * What a placer made of a problem.
 *
 * @param plan its plan
 * @param seconds wall-clock time that it took in s
 * @param movesPerSecond scored moves per second of wall-clock time, all threads together; empty
 *     where it does not search
 */
record Placed(Plan plan, double seconds, OptionalDouble movesPerSecond) {}
