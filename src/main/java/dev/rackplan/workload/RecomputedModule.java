package dev.rackplan.workload;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * A part of a layer that the backward pass computes again, by the words that Megatron-Core knows
 * ({@code --recompute-modules}), and torchtitan's selection by operation.
 */
public enum RecomputedModule {
  /** The attention core. */
  CORE_ATTN,
  /** Latent attention's expanded queries, keys and values. */
  MLA_UP_PROJ,
  /** Both norms' outputs. */
  LAYERNORM,
  /** The activation function between the two products of an expert. */
  MOE_ACT,
  /** Dense FFNs. */
  MLP,
  /** All of a mixture: router, dispatch, experts, shared experts, combine. */
  MOE,
  /** Shared experts. */
  SHARED_EXPERTS,
  /**
   * All but every second product and the attention core, operation by operation: torchtitan's
   * selective checkpointing.
   */
  OPERATIONS;

  /** As problem files and Megatron-Core call it. */
  public String word() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** The module of that word. */
  public static Optional<RecomputedModule> of(String word) {
    return Arrays.stream(values()).filter(module -> module.word().equals(word)).findFirst();
  }

  /** All words, for messages. */
  public static String words() {
    return Arrays.stream(values()).map(RecomputedModule::word).collect(Collectors.joining(", "));
  }
}
