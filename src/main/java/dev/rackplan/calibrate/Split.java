package dev.rackplan.calibrate;

import dev.rackplan.law.DecodeAttention;
import dev.rackplan.law.Op;
import dev.rackplan.law.OpKind;
import dev.rackplan.law.PrefillAttention;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * What attention kernels are compiled for, each by itself: a head size; in decode also how many
 * query heads share a key-value head, in octaves.
 */
enum Split {
  HEAD_SIZE(false),
  HEAD_SIZE_AND_GROUP(true);

  static final String HEAD = "headSize";
  static final String GROUP = "group";
  private static final int GROUPS = 8;

  private final boolean byGroup;

  Split(boolean byGroup) {
    this.byGroup = byGroup;
  }

  /** The splits that are tried, the coarsest first. */
  static List<Split> of(OpKind kind) {
    return switch (kind) {
      case DECODE_ATTENTION -> List.of(HEAD_SIZE, HEAD_SIZE_AND_GROUP);
      case PREFILL_ATTENTION -> List.of(HEAD_SIZE);
      default -> List.of();
    };
  }

  /** The part that {@code op} belongs to. */
  Map<String, Double> variant(Op op) {
    Map<String, Double> variant = new TreeMap<>();
    variant.put(HEAD, value(HEAD, op));
    if (byGroup) {
      variant.put(GROUP, octave(value(GROUP, op)));
    }
    return variant;
  }

  /** What {@code op} has of {@code name}. */
  static double value(String name, Op op) {
    if (op instanceof DecodeAttention decode) {
      return name.equals(HEAD) ? decode.headSize() : decode.heads() / decode.kvHeads();
    }
    return ((PrefillAttention) op).headSize();
  }

  private static double octave(double value) {
    double nearest = 1;
    for (int i = 1; i < GROUPS; i++) {
      double octave = 1 << i;
      nearest = distance(octave, value) < distance(nearest, value) ? octave : nearest;
    }
    return nearest;
  }

  /** As far as {@code LawBook} thinks two variants apart. */
  static double distance(double one, double other) {
    return Math.abs(Math.log((one + 1) / (other + 1)));
  }
}
