package dev.rackplan.problem;

import dev.rackplan.model.Dtype;

/**
 * Number formats.
 *
 * @param weights all weights but the routed experts'
 * @param experts routed experts' weights
 * @param kv KV cache
 * @param dispatch activations sent to experts
 * @param combine activations sent back
 */
public record Precision(Dtype weights, Dtype experts, Dtype kv, Dtype dispatch, Dtype combine) {}
