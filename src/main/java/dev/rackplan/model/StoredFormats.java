package dev.rackplan.model;

import java.util.Optional;

/**
 * What a checkpoint says of its number formats, those of its layers aside ({@link Layer#stored()}).
 *
 * @param source which file and key says so, such as {@code quantization_config}
 * @param weights of most weights that are no routed experts, the head aside
 * @param experts of most routed experts' weights
 * @param head of the LM head
 * @param drafts of multi-token-prediction layers
 * @param vision of what reads images, sound or video
 * @param kv of the KV cache; empty where the checkpoint leaves it to the engine
 * @param remark what of it could not be read, for who plans with it
 */
public record StoredFormats(
    String source,
    Dtype weights,
    Dtype experts,
    Dtype head,
    WeightFormats drafts,
    Dtype vision,
    Optional<Dtype> kv,
    Optional<String> remark) {
  public StoredFormats {
    if (source.isBlank()) {
      throw new IllegalArgumentException("source must not be blank");
    }
  }
}
