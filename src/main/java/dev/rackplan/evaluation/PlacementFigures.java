package dev.rackplan.evaluation;

import java.util.OptionalDouble;

/**
 * How well experts are placed for one kind of traffic; means over MoE layers, the worst scenario
 * where there are several.
 *
 * @param balancedness mean over GPUs ÷ largest GPU load under the engine's dispatch rule, in (0, 1]
 * @param balancednessEven the same if replicas shared evenly
 * @param worstLayerBalancedness smallest of the layers' balancedness
 * @param remoteDomainsPerToken distinct domains other than home that a token is sent to
 * @param scaleOutBytesPerToken bytes that leave a token's home domain per layer, dispatch and
 *     combine together
 * @param homeShare share of expert choices served in the token's home domain
 * @param choicesPerCopy expert choices served by one copy that leaves the home domain; empty where
 *     none does. In one scenario, copies that leave home are {@code k·(1 - homeShare) /
 *     choicesPerCopy} a token
 */
public record PlacementFigures(
    double balancedness,
    double balancednessEven,
    double worstLayerBalancedness,
    double remoteDomainsPerToken,
    double scaleOutBytesPerToken,
    double homeShare,
    OptionalDouble choicesPerCopy) {}
