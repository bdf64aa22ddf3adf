package dev.rackplan.model;

/** A layer that is a token mixer only (hybrids that list mixers and FFNs as separate blocks). */
public record NoFfn() implements Ffn {
  @Override
  public long parameters() {
    return 0;
  }

  @Override
  public long activeParameters() {
    return 0;
  }
}
