package dev.rackplan.solver;

import dev.rackplan.plan.Layout;
import java.util.List;
import java.util.Optional;

/**
 * How many instances of which layout each of two pools gets, so that both together serve most
 * requests.
 *
 * @param requestsPerSecond that the slower pool takes
 */
record PoolSplit(Pool prefill, Pool decode, double requestsPerSecond) {

  /**
   * Equal instances.
   *
   * @param layout of each
   */
  record Pool(Layout layout, int instances) {}

  /**
   * What one instance takes.
   *
   * @param requestsPerSecond of it
   */
  record Rate(Layout layout, double requestsPerSecond) {
    int gpus() {
      return layout.gpus();
    }
  }

  /**
   * The split that serves most, of equals that with the fewest GPUs; empty where no two instances
   * fit.
   *
   * @param gpus of both pools together
   */
  static Optional<PoolSplit> most(List<Rate> prefill, List<Rate> decode, int gpus) {
    PoolSplit best = null;
    for (Rate reads : prefill) {
      for (Rate writes : decode) {
        for (int readers = 1; readers <= (gpus - writes.gpus()) / reads.gpus(); readers++) {
          int room = (gpus - readers * reads.gpus()) / writes.gpus();
          double read = readers * reads.requestsPerSecond();
          int writers = (int) Math.min(room, Math.ceil(read / writes.requestsPerSecond() - 1e-9));
          double rate = Math.min(read, writers * writes.requestsPerSecond());
          PoolSplit split =
              new PoolSplit(
                  new Pool(reads.layout(), readers), new Pool(writes.layout(), writers), rate);
          if (best == null || split.beats(best)) {
            best = split;
          }
        }
      }
    }
    return Optional.ofNullable(best);
  }

  private boolean beats(PoolSplit other) {
    return requestsPerSecond > other.requestsPerSecond * (1 + 1e-9)
        || requestsPerSecond >= other.requestsPerSecond && gpus() < other.gpus();
  }

  private long gpus() {
    return (long) prefill.instances() * prefill.layout().gpus()
        + (long) decode.instances() * decode.layout().gpus();
  }
}
