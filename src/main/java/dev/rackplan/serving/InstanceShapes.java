package dev.rackplan.serving;

import java.util.Comparator;
import java.util.List;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * Sizes of instances, and stages of each, that a cluster has room for.
 *
 * @param gpus of the cluster
 * @param domain GPUs of one; the last one is smaller where they don't divide
 */
record InstanceShapes(int gpus, int domain) {
  private static final int MOST_STAGES = 4;
  private static final int MOST_DOMAINS = 4;
  private static final List<Integer> PARTS = List.of(1, 2, 3, 4, 6);

  private static final Comparator<InstanceShape> SMALL_FIRST =
      Comparator.comparingInt(InstanceShape::gpus).thenComparingInt(InstanceShape::stages);

  /**
   * Those that are tried of any model, small ones first: powers of two, parts of a domain, up to
   * four whole domains, with the smaller domain and its parts; in one, two or four stages, of
   * several domains also in three, or in those that divide the smaller one as well.
   */
  List<InstanceShape> usual() {
    int rest = gpus % domain;
    SortedSet<Integer> sizes = new TreeSet<>();
    for (int size = 1; size <= domain; size *= 2) {
      sizes.add(size);
    }
    PARTS.stream().filter(part -> domain % part == 0).forEach(part -> sizes.add(domain / part));
    IntStream.rangeClosed(1, rest).filter(part -> rest % part == 0).forEach(sizes::add);
    for (int domains = 1; domains <= MOST_DOMAINS; domains++) {
      sizes.add(domains * domain);
      sizes.add((domains - 1) * domain + rest);
    }
    return shapes(sizes.stream())
        .filter(shape -> shape.gpus() <= domain ? isPowerOfTwo(shape.stages()) : isEven(shape))
        .toList();
  }

  /** All of more than {@code above} GPUs and fewer than {@code below}, small ones first. */
  List<InstanceShape> between(int above, int below) {
    return shapes(IntStream.range(above + 1, below).boxed())
        .filter(shape -> shape.stages() <= MOST_STAGES || isEven(shape))
        .toList();
  }

  /** A stage on each of so many whole domains. */
  static InstanceShape ofDomains(int domains, int domain) {
    return new InstanceShape(domains, domain);
  }

  /** Most GPUs of a usual one. */
  int most() {
    return Math.min(gpus, MOST_DOMAINS * domain);
  }

  // Those that there is room for; in every number of stages that divides the size.
  private Stream<InstanceShape> shapes(Stream<Integer> sizes) {
    return sizes
        .filter(size -> size > 0 && size <= gpus)
        .flatMap(
            size ->
                IntStream.rangeClosed(1, Math.min(size, stages(size)))
                    .filter(stages -> size % stages == 0)
                    .mapToObj(stages -> new InstanceShape(stages, size / stages)))
        .filter(shape -> shape.stands(domain))
        .filter(shape -> new DomainRoom(gpus, domain).take(shape, 1) == 1)
        .sorted(SMALL_FIRST)
        .distinct();
  }

  // A domain has up to four.
  private int stages(int size) {
    return MOST_STAGES * Math.max(1, (size + domain - 1) / domain);
  }

  // Whether its stages fill the domains that it is on, and no more of them than are needed.
  private boolean isEven(InstanceShape shape) {
    int fewest = gcd(shape.gpus(), domain);
    return shape.stages() == 1
        || shape.stages() <= MOST_STAGES && domain % shape.gpusPerStage() == 0
        || shape.gpusPerStage() % domain == 0
        || shape.gpusPerStage() == fewest;
  }

  private static boolean isPowerOfTwo(int stages) {
    return stages <= MOST_STAGES && Integer.bitCount(stages) == 1;
  }

  private static int gcd(int one, int other) {
    return other == 0 ? one : gcd(other, one % other);
  }
}
