package dev.rackplan.model;

import java.util.OptionalInt;

/**
 * A dense feed-forward network, held and used whole by every token.
 *
 * @param parameters weights in elements
 * @param width inner width in elements, which tensor parallelism slices; empty where only the
 *     weights are known
 */
public record DenseFfn(long parameters, OptionalInt width) implements Ffn {
  public DenseFfn {
    if (parameters <= 0) {
      throw new IllegalArgumentException("parameters must be > 0, was " + parameters);
    }
    if (width.isPresent() && width.getAsInt() < 1) {
      throw new IllegalArgumentException("width must be >= 1, was " + width.getAsInt());
    }
  }

  /** One whose width is not known. */
  public DenseFfn(long parameters) {
    this(parameters, OptionalInt.empty());
  }

  /** One of inner width {@code width}. */
  public static DenseFfn ofWidth(long parameters, int width) {
    return new DenseFfn(parameters, OptionalInt.of(width));
  }

  /** A gated FFN (gate, up and down matrices) of inner width {@code width}, without biases. */
  public static DenseFfn gated(int hiddenSize, int width) {
    return ofWidth(3L * hiddenSize * width, width);
  }

  @Override
  public long activeParameters() {
    return parameters;
  }
}
