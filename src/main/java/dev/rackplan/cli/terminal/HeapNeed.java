package dev.rackplan.cli.terminal;

import dev.rackplan.problem.Problem;
import dev.rackplan.workload.LayerRouting;
import dev.rackplan.workload.Routing;
import java.util.List;
import java.util.stream.Stream;

/**
 * How much heap a search needs: said before it begins, so that who has less gives more.
 *
 * <p>Fitted to the least heaps in which searches of committed problems ended; the table is in
 * docs/performance.md. A search fills more where there is more, and is faster then.
 */
public final class HeapNeed {
  private static final long MEGABYTE = 1 << 20;

  // Fitted: classes, catalogue, laws and a small problem.
  private static final long BASE_BYTES = 40 * MEGABYTE;

  // Fitted: a GPU with its ways and its share of a plan.
  private static final long BYTES_PER_GPU = 4_000;

  // Fitted: a recorded choice of an expert is 4 bytes as read, and stands in windows and tallies.
  private static final long BYTES_PER_CHOICE = 24;

  private HeapNeed() {}

  /** In bytes, of a problem that was read. */
  public static long ofSearch(Problem problem) {
    Routing routing = problem.workload().routing();
    long choices =
        Stream.of(routing.scenarios(), routing.heldOut())
            .flatMap(List::stream)
            .flatMap(scenario -> scenario.profiles().stream())
            .flatMap(profile -> profile.layers().stream())
            .mapToLong(HeapNeed::choices)
            .sum();
    return BASE_BYTES
        + BYTES_PER_GPU * problem.topology().gpus().size()
        + BYTES_PER_CHOICE * choices;
  }

  private static long choices(LayerRouting layer) {
    return (long) layer.tokens() * layer.expertsPerToken();
  }

  /** Whether that is no more than this Java may fill. */
  public static boolean fits(Problem problem) {
    return ofSearch(problem) <= Runtime.getRuntime().maxMemory();
  }

  /** A line for whoever starts a search. */
  public static String words(Problem problem) {
    long need = ofSearch(problem);
    long most = Runtime.getRuntime().maxMemory();
    String words =
        problem.name()
            + ": needs about "
            + need / MEGABYTE
            + " MB of heap, may fill "
            + most / MEGABYTE
            + " MB";
    return fits(problem) ? words : words + "; give more with --memory " + give(need);
  }

  // The need and a half, in whole gigabytes.
  private static String give(long need) {
    return (need + need / 2 >> 30) + 1 + "g";
  }
}
