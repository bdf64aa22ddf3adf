package dev.rackplan.evaluation;

import dev.rackplan.bound.BoundTerm;

/**
 * What no plan of this layout on these GPUs can beat, and what keeps the plan from it, as shares of
 * the bound: 0.03 = 3%.
 *
 * @param seconds TPOT or TTFT in s
 * @param expertGap expert time above its bound, layer by layer: imbalance and more weights to read.
 *     With two-batch overlap what it makes a layer longer
 * @param networkGap all-to-all above its bound, likewise
 * @param restGap the rest: stage cut, hops, hosts that differ. Below 0 where the slowest stage is
 *     not the one that has most to do at the bound
 * @param placementGap both over what a placement decides of the step at the bound: how far what
 *     placement can change is from what it can reach; 0 where it decides nothing
 * @param expertTerm the argument that bounds most of the expert time
 * @param networkTerm the argument that bounds most of the all-to-all
 */
public record BoundFigures(
    double seconds,
    double expertGap,
    double networkGap,
    double restGap,
    double placementGap,
    BoundTerm expertTerm,
    BoundTerm networkTerm) {}
