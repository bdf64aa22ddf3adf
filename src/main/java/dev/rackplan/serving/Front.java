package dev.rackplan.serving;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

/**
 * Deployments that no other beats in tokens per second and GPU, TPOT and TTFT together, each in
 * steps of 1%: less tells no two apart.
 */
public final class Front {
  private static final double STEP = 0.01;

  private Front() {}

  /** Of {@code all}, in their order; of equals the first. */
  public static List<Found> of(List<Found> all, double outputTokens) {
    return of(all, Function.identity(), outputTokens);
  }

  static <T> List<T> of(List<T> all, Function<T, Found> found, double outputTokens) {
    List<T> front = new ArrayList<>();
    List<Place> places = new ArrayList<>();
    for (T one : all) {
      Place place = Place.of(found.apply(one), outputTokens);
      if (places.stream().noneMatch(other -> other.reaches(place))) {
        for (int i = places.size() - 1; i >= 0; i--) {
          if (place.reaches(places.get(i))) {
            places.remove(i);
            front.remove(i);
          }
        }
        places.add(place);
        front.add(one);
      }
    }
    return front;
  }

  private record Place(long more, long sooner, long first) {
    static Place of(Found found, double outputTokens) {
      return new Place(
          step(found.tokensPerSecondPerGpu(outputTokens)),
          -step(found.tpotSeconds()),
          -step(found.ttftSeconds()));
    }

    private static long step(double value) {
      return Math.round(Math.log(value) / STEP);
    }

    boolean reaches(Place other) {
      return more >= other.more && sooner >= other.sooner && first >= other.first;
    }
  }
}
