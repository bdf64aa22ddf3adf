package dev.rackplan.model;

/**
 * A dense feed-forward network, held and used whole by every token.
 *
 * @param parameters weights in elements
 */
public record DenseFfn(long parameters) implements Ffn {
  public DenseFfn {
    if (parameters <= 0) {
      throw new IllegalArgumentException("parameters must be > 0, was " + parameters);
    }
  }

  /** A gated FFN (gate, up and down matrices) of inner width {@code width}, without biases. */
  public static DenseFfn gated(int hiddenSize, int width) {
    return new DenseFfn(3L * hiddenSize * width);
  }

  @Override
  public long activeParameters() {
    return parameters;
  }
}
