package dev.rackplan.json.huggingface;

import dev.rackplan.json.JsonCursor;
import dev.rackplan.model.Dtype;
import java.util.Locale;
import java.util.Optional;

/**
 * One way of quantising weights: bits, kind of number, values that share a scale, and what the
 * activations are quantised to.
 *
 * @param bits of a weight
 * @param floating whether weights are floating point
 * @param group weights that share a scale; 0 where a row, a tensor or a block do
 * @param block whether blocks in two dimensions share a scale
 * @param symmetric whether there is no zero point
 * @param activationBits 16 where activations are not quantised
 */
record TensorScheme(
    long bits,
    boolean floating,
    long group,
    boolean block,
    boolean symmetric,
    long activationBits) {
  private static final int UNQUANTISED_BITS = 16;

  /**
   * A group of compressed-tensors, or of ModelOpt's export to it.
   *
   * @param group with {@code weights} and, unless they are not quantised, {@code input_activations}
   */
  static Optional<TensorScheme> ofGroup(JsonCursor group) {
    Optional<JsonCursor> weights = group.findNullable("weights").filter(JsonCursor::isObject);
    if (weights.isEmpty()) {
      return Optional.empty();
    }
    JsonCursor of = weights.get();
    Optional<JsonCursor> activations =
        group.findNullable("input_activations").filter(JsonCursor::isObject);
    String strategy = text(of, "strategy");
    return Optional.of(
        new TensorScheme(
            number(of, "num_bits"),
            isFloat(of),
            Math.max(0, number(of, "group_size")),
            strategy.equals("block"),
            of.findNullable("symmetric").map(JsonCursor::bool).orElse(true),
            activations.map(found -> number(found, "num_bits")).orElse((long) UNQUANTISED_BITS)));
  }

  /** INT weights with 16-bit activations. */
  static TensorScheme integers(long bits, long group, boolean symmetric) {
    return new TensorScheme(bits, false, Math.max(0, group), false, symmetric, UNQUANTISED_BITS);
  }

  static boolean isFloat(JsonCursor tensor) {
    return text(tensor, "type").equals("float");
  }

  /** A whole number; 0 where there is none. */
  static long number(JsonCursor cursor, String key) {
    return cursor
        .findNullable(key)
        .filter(JsonCursor::isNumber)
        .map(JsonCursor::number)
        .map(Math::round)
        .orElse(0L);
  }

  static String text(JsonCursor cursor, String key) {
    return cursor
        .findNullable(key)
        .filter(JsonCursor::isText)
        .map(value -> value.text().toLowerCase(Locale.ROOT))
        .orElse("");
  }

  /** Its format; empty where none is known. */
  Optional<Dtype> dtype() {
    boolean weightOnly = activationBits >= UNQUANTISED_BITS;
    if (bits == 8) {
      return Optional.of(floating ? eightBits(weightOnly) : integer8(weightOnly));
    }
    if (bits != 4) {
      return Optional.empty();
    }
    if (!floating) {
      return Optional.of(weightOnly ? integer4() : Dtype.W4A8);
    }
    // Scales of 16 values are NVFP4's, of 32 the OCP's.
    if (group == 16) {
      return Optional.of(weightOnly ? Dtype.NVFP4_WEIGHT_ONLY : Dtype.NVFP4);
    }
    if (weightOnly) {
      return Optional.of(Dtype.MXFP4_WEIGHT_ONLY);
    }
    return Optional.of(activationBits == 4 ? Dtype.MXFP4_BOTH : Dtype.MXFP4);
  }

  private Dtype eightBits(boolean weightOnly) {
    if (block) {
      return Dtype.FP8_BLOCK;
    }
    if (group == 32) {
      return Dtype.MXFP8;
    }
    return weightOnly ? Dtype.FP8_WEIGHT_ONLY : Dtype.FP8_TENSOR;
  }

  private static Dtype integer8(boolean weightOnly) {
    return weightOnly ? Dtype.INT8_WEIGHT_ONLY : Dtype.INT8;
  }

  private Dtype integer4() {
    if (group > 0 && group <= 32) {
      return Dtype.INT4_GROUP_32;
    }
    if (group > 0 && group <= 64) {
      return Dtype.INT4_GROUP_64;
    }
    return symmetric ? Dtype.INT4 : Dtype.INT4_AWQ;
  }
}
