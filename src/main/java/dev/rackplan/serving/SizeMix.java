package dev.rackplan.serving;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.ToDoubleFunction;

/**
 * Instances of one size, or of two where one leaves GPUs over.
 *
 * @param parts at most two; none where nothing fits
 * @param rate requests per second of all
 */
record SizeMix(List<Part> parts, double rate) {
  static final SizeMix NONE = new SizeMix(List.of(), 0);

  /** What a second size must bring to be worth its trouble. Assumed. */
  static final double WORTH = 1.001;

  /** Equal instances. */
  record Part(Candidate candidate, int count) {
    int gpus() {
      return count * candidate.gpus();
    }
  }

  /** What a cluster has room for. */
  interface Room {
    /** Most instances of one kind. */
    int most(Candidate one);

    /** Whether all of these fit beside each other. */
    boolean holds(List<Part> parts);
  }

  boolean both() {
    return parts.size() > 1;
  }

  /** Of each size the instance that does most; small ones first. */
  static List<Candidate> bestOfSizes(List<Candidate> candidates, ToDoubleFunction<Candidate> rate) {
    Map<Integer, Candidate> best = new TreeMap<>();
    for (Candidate one : candidates) {
      if (rate.applyAsDouble(one) > 0) {
        best.merge(
            one.gpus(),
            one,
            (old, other) -> rate.applyAsDouble(other) > rate.applyAsDouble(old) ? other : old);
      }
    }
    return new ArrayList<>(best.values());
  }

  /** The most of one size alone. */
  static double alone(Collection<Candidate> sizes, ToDoubleFunction<Candidate> rate, Room room) {
    return sizes.stream()
        .mapToDouble(one -> rate.applyAsDouble(one) * room.most(one))
        .max()
        .orElse(0);
  }

  /**
   * As many of one size as there is room for, and of another in the rest.
   *
   * @param gpus of all
   */
  static SizeMix best(
      List<Candidate> sizes, ToDoubleFunction<Candidate> rate, int gpus, Room room) {
    SizeMix best = new SizeMix(List.of(), 0);
    for (Candidate one : sizes) {
      int first = room.most(one);
      int rest = gpus - first * one.gpus();
      double served = first * rate.applyAsDouble(one);
      if (first > 0 && served > best.rate()) {
        best = new SizeMix(List.of(new Part(one, first)), served);
      }
      for (Candidate other : sizes) {
        int second = rest / other.gpus();
        while (first > 0
            && second > 0
            && served + second * rate.applyAsDouble(other) > WORTH * best.rate()) {
          List<Part> parts = List.of(new Part(one, first), new Part(other, second));
          if (room.holds(parts)) {
            best = new SizeMix(parts, served + second * rate.applyAsDouble(other));
          }
          second--;
        }
      }
    }
    return best;
  }

  /** One size that serves {@code asked}, or two on fewer GPUs; none where none do. */
  static List<Part> fewest(
      List<Candidate> sizes, ToDoubleFunction<Candidate> rate, double asked, int gpus, Room room) {
    int least = gpus + 1;
    List<Part> parts = List.of();
    for (Candidate one : sizes) {
      double each = rate.applyAsDouble(one);
      int alone = Deployments.count(asked / each);
      if ((long) alone * one.gpus() < least && alone <= room.most(one)) {
        least = alone * one.gpus();
        parts = List.of(new Part(one, alone));
      }
      for (Candidate other : sizes) {
        int second = Deployments.count((asked - (alone - 1) * each) / rate.applyAsDouble(other));
        long both = (alone - 1L) * one.gpus() + (long) second * other.gpus();
        if (alone > 1 && both < least) {
          List<Part> two = List.of(new Part(one, alone - 1), new Part(other, second));
          if (room.holds(two)) {
            least = (int) both;
            parts = two;
          }
        }
      }
    }
    return parts;
  }
}
