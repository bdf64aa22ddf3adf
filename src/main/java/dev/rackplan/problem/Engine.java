package dev.rackplan.problem;

/**
 * What the serving engine does with a placement.
 *
 * @param name such as {@code sglang}; shown in reports
 * @param dispatchRule how it picks replicas
 * @param copyRule how often it sends a token
 * @param twoBatchOverlap whether communication of one half batch hides behind compute of the other
 */
public record Engine(
    String name, DispatchRule dispatchRule, CopyRule copyRule, boolean twoBatchOverlap) {}
