package dev.rackplan.benchmark;

/**
 * One way to go from window to window, judged on each next one.
 *
 * @param placer such as {@code never moving}
 * @param balance mean over GPUs ÷ largest load, mean over layers and next windows
 * @param worstBalance of the next window where it is least
 * @param remoteDomains other domains that a token is sent to, mean over layers and next windows
 * @param layerSeconds expert time + all-to-all of a MoE layer in s, mean over layers and next
 *     windows
 * @param movedBytes bytes of expert weights moved in all
 * @param moveSeconds time in s that these moves take on the links in all
 * @param moves windows after which something moved
 */
public record DriftRow(
    String placer,
    double balance,
    double worstBalance,
    double remoteDomains,
    double layerSeconds,
    double movedBytes,
    double moveSeconds,
    int moves) {}
