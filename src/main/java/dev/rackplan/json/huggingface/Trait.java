package dev.rackplan.json.huggingface;

/**
 * What sets a family's layers apart from plain ones: grouped-query attention, a gated FFN or
 * experts, two norms without biases, a head of its own.
 *
 * <p>Source of each family's traits: its modeling file in transformers, or the one published beside
 * its weights.
 */
enum Trait {
  /** Biases of query, key and value, whatever the config says. */
  QUERY_KEY_VALUE_BIAS,
  /** Bias of the output projection, whatever the config says. */
  OUTPUT_BIAS,
  /** The config's {@code attention_bias} leaves the output projection out. */
  NO_OUTPUT_BIAS,
  /** One norm for queries and one for keys, shared by all heads. */
  HEAD_NORM,
  /** Norms over all heads together. */
  WHOLE_NORM,
  /** A gate on attention's output, as wide as the queries. */
  OUTPUT_GATE,
  /** One learned sink logit for each query head. */
  SINKS,
  /** Norms of queries and keys where {@code use_qk_norm} (or a synonym) says so, else none. */
  HEAD_NORM_IF_SAID,
  /** As above, a norm for each head. */
  WHOLE_NORM_IF_SAID,
  /** Two matrices an FFN, up and down. */
  UNGATED,
  /** Biases of the FFN's matrices, whatever the config says. */
  FFN_BIAS,
  /** Norms have a bias. */
  LAYER_NORM,
  /** Norms have no weights. */
  NORM_WITHOUT_WEIGHTS,
  /** Attention and FFN read one norm's output. */
  ONE_NORM,
  /** Norms before and after both halves. */
  FOUR_NORMS,
  /** {@code tie_word_embeddings} is true where absent. */
  TIED,
  /** {@code sliding_window} counts only where {@code use_sliding_window} is true. */
  SLIDES_IF_SAID,
  /** Without {@code layer_types} every second layer slides, the first one among them. */
  EVERY_SECOND_SLIDES,
  /** Without {@code layer_types} or a pattern every 4th layer is full, the others slide. */
  EVERY_FOURTH_FULL,
  /** {@code sliding_window} is in the config but no layer uses it. */
  NEVER_SLIDES,
  /** Without {@code num_key_value_heads} there is one. */
  ONE_KEY_VALUE_HEAD,
  /** The head has a bias. */
  HEAD_BIAS,
  /** A norm after the embedding. */
  EMBEDDING_NORM,
  /** Learned positions, {@code max_position_embeddings} of them. */
  LEARNED_POSITIONS,
  /** Learned positions with two rows more than the context. */
  TWO_MORE_POSITIONS,
  /** Without {@code intermediate_size} an FFN is four times as wide as the residual stream. */
  FOUR_TIMES_WIDE,
  /** No norm after the last layer. */
  NO_FINAL_NORM,
  /** Routers have a bias per expert. */
  ROUTER_BIAS,
  /** The shared experts' output has a gate of its own. */
  SHARED_GATE,
  /** Experts' matrices have biases. */
  EXPERT_BIAS,
  /** Layers before the first one with experts: one where the config does not say. */
  FIRST_LAYER_DENSE,
  /** {@code intermediate_size} is the width of gate and up matrices together. */
  HALF_WIDTH,
  /** {@code intermediate_size} is the width of an expert. */
  EXPERT_WIDTH_IS_INTERMEDIATE,
  /** One shared expert, where the config does not say. */
  ONE_SHARED_EXPERT,
  /** A dense FFN beside the experts of each layer. */
  DENSE_BRANCH
}
