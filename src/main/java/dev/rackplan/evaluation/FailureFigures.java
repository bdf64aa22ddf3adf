package dev.rackplan.evaluation;

/**
 * What failures do to a plan. An instance needs all its GPUs: losing one node stops every instance
 * that has a GPU there.
 *
 * @param interruptionsPerMonth expected interruptions of the whole deployment
 * @param instanceInterruptionsPerMonth expected interruptions of one instance
 * @param node the node whose loss costs most throughput; the first of equals
 * @param idledGpus GPUs of the instances that stop when it is lost, its own among them
 * @param lostSequences sequences in flight on these instances
 * @param lostThroughputShare their share of the deployment's tokens/s, in (0, 1]
 */
public record FailureFigures(
    double interruptionsPerMonth,
    double instanceInterruptionsPerMonth,
    String node,
    int idledGpus,
    long lostSequences,
    double lostThroughputShare) {}
