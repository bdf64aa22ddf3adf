package dev.rackplan.model;

/**
 * A layer that is an FFN only (hybrids that list mixers and FFNs as separate blocks, such as
 * Nemotron-H).
 */
public record NoAttention() implements Attention {
  @Override
  public long parameters() {
    return 0;
  }

  @Override
  public double kvCapacityBytes(double contextTokens, KvFormat kv) {
    return 0;
  }

  @Override
  public double kvReadBytes(double contextTokens, Dtype kv) {
    return 0;
  }

  @Override
  public double scoreFlops(double contextTokens) {
    return 0;
  }

  @Override
  public double scores(double contextTokens) {
    return 0;
  }

  @Override
  public int kvShards(int degree) {
    return 1;
  }

  @Override
  public double growingKvBytesPerToken(KvFormat kv) {
    return 0;
  }

  @Override
  public String kind() {
    return "none";
  }

  @Override
  public boolean dividesOver(int degree) {
    return true;
  }
}
