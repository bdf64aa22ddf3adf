package dev.rackplan.model;

/**
 * Two mixers that read the same input and whose outputs are added, as in Falcon-H1: softmax
 * attention and a recurrent state.
 *
 * @param attention the half with a KV cache
 * @param state the half with a state of constant size
 */
public record ParallelMixers(GroupedQueryAttention attention, LinearAttention state)
    implements Attention {
  @Override
  public long parameters() {
    return attention.parameters() + state.parameters();
  }

  @Override
  public double kvCapacityBytes(double contextTokens, KvFormat kv) {
    return attention.kvCapacityBytes(contextTokens, kv) + state.kvCapacityBytes(contextTokens, kv);
  }

  @Override
  public double kvReadBytes(double contextTokens, Dtype kv) {
    return attention.kvReadBytes(contextTokens, kv) + state.kvReadBytes(contextTokens, kv);
  }

  @Override
  public double scoreFlops(double contextTokens) {
    return attention.scoreFlops(contextTokens) + state.scoreFlops(contextTokens);
  }

  @Override
  public double scores(double contextTokens) {
    return attention.scores(contextTokens);
  }

  /** As many parts as both halves divide into. */
  @Override
  public int kvShards(int degree) {
    return Math.min(attention.kvShards(degree), state.kvShards(degree));
  }

  @Override
  public boolean dividesOver(int degree) {
    return attention.dividesOver(degree) && state.dividesOver(degree);
  }

  @Override
  public double growingKvBytesPerToken(KvFormat kv) {
    return attention.growingKvBytesPerToken(kv);
  }

  @Override
  public double indexBytesPerToken(Dtype kv) {
    return attention.indexBytesPerToken(kv);
  }

  @Override
  public String kind() {
    return "parallel";
  }
}
