package dev.rackplan.serving;

import dev.rackplan.cost.placement.ProblemRouting;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.stream.IntStream;

/** Prices every instance of some clusters with the routing of a few of their MoE layers. */
final class FirstLook {
  // Every fourth is priced before the others, so that there is something to show early.
  private static final int EARLY = 4;

  /** An instance that is to be priced. */
  private record Asked(Cluster cluster, SharedPool pool, ProblemRouting sample) {
    Candidate priced(Goal goal) {
      return Candidate.of(cluster, pool, sample, sample == cluster.routing(), goal).orElse(null);
    }
  }

  private final Goal goal;
  private final List<Asked> asked = new ArrayList<>();
  // Null where memory holds no sequence, or none was priced yet.
  private final Candidate[] priced;

  /**
   * @param layers MoE layers of the sample
   */
  FirstLook(List<Cluster> clusters, int layers, Goal goal) {
    this.goal = goal;
    for (Cluster cluster : clusters) {
      ProblemRouting sample = cluster.routing().sampled(layers);
      new InstanceLayouts(cluster, goal)
          .pools()
          .forEach(pool -> asked.add(new Asked(cluster, pool, sample)));
    }
    this.priced = new Candidate[asked.size()];
  }

  /**
   * Those that memory holds a sequence of, in their order.
   *
   * @param stop whether to price no more
   * @param early gets some of them before
   */
  List<Candidate> candidates(BooleanSupplier stop, Consumer<List<Candidate>> early) {
    price(stop, true);
    early.accept(priced());
    price(stop, false);
    return priced();
  }

  private void price(BooleanSupplier stop, boolean first) {
    IntStream.range(0, priced.length)
        .parallel()
        .filter(i -> i % EARLY == 0 == first && !stop.getAsBoolean())
        .forEach(i -> priced[i] = asked.get(i).priced(goal));
  }

  private List<Candidate> priced() {
    return new ArrayList<>(Arrays.stream(priced).filter(Objects::nonNull).toList());
  }
}
