package dev.rackplan.generated;

import dev.rackplan.Lcg;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

/** Seeded choices for generated problems: the same on every machine. */
final class Draw {
  private final Lcg random;

  Draw(long seed) {
    // Seeds that follow one another must not give draws that do.
    long mixed = (seed + 0x9E3779B97F4A7C15L) * 0xBF58476D1CE4E5B9L;
    this.random = new Lcg(mixed ^ (mixed >>> 31));
  }

  /** In [least, most]. */
  int in(int least, int most) {
    return random.in(least, most);
  }

  /** True in {@code percent} of 100. */
  boolean chance(int percent) {
    return random.below(100) < percent;
  }

  boolean coin() {
    return random.coin();
  }

  /** In [least, most), evenly on a logarithmic scale, with four digits. */
  double between(double least, double most) {
    double value = random.between(least, most);
    double unit = StrictMath.pow(10, StrictMath.floor(StrictMath.log10(value)) - 3);
    return unit >= 1
        ? StrictMath.rint(value / unit) * unit
        : StrictMath.rint(value / unit) / (1 / unit);
  }

  @SafeVarargs
  @SuppressWarnings("varargs")
  final <T> T of(T... values) {
    return values[random.below(values.length)];
  }

  <T> T of(List<T> values) {
    return values.get(random.below(values.size()));
  }

  int[] order(int count) {
    return random.order(count);
  }

  /** Puts a value under an optional key in {@code percent} of 100. */
  void maybe(int percent, Map<String, Object> map, String key, Supplier<Object> value) {
    if (chance(percent)) {
      map.put(key, value.get());
    }
  }

  /** The same entries in another order, all the way down. */
  Object shuffled(Object tree) {
    if (tree instanceof Map<?, ?> map) {
      List<Map.Entry<?, ?>> entries = new ArrayList<>(map.entrySet());
      Map<String, Object> shuffled = new LinkedHashMap<>();
      for (int index : order(entries.size())) {
        shuffled.put((String) entries.get(index).getKey(), shuffled(entries.get(index).getValue()));
      }
      return shuffled;
    }
    if (tree instanceof List<?> list) {
      List<Object> items = new ArrayList<>();
      list.forEach(item -> items.add(shuffled(item)));
      return items;
    }
    return tree;
  }
}
