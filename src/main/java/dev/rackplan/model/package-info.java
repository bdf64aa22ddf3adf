/**
 * A language model as a list of layers: attention kind, FFN kind, parameters, KV bytes.
 *
 * <p>Knows nothing of GPUs or files; readers of {@code config.json} live in {@code json}.
 */
package dev.rackplan.model;
