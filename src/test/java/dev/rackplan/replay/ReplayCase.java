package dev.rackplan.replay;

import dev.rackplan.problem.Batching;
import dev.rackplan.workload.RequestTrace;
import java.util.List;
import java.util.Optional;

/**
 * Deployments whose steps can be worked by hand: reading takes 1 ms a token, decoding 10 ms and 1
 * ms for each sequence, and perhaps some for each token of context.
 */
final class ReplayCase {
  static final double TOKEN = 0.001;
  static final double STEP = 0.010;
  static final double SEQUENCE = 0.001;

  private ReplayCase() {}

  /**
   * @param context seconds of a decode step for each token of context
   */
  static StepTimes times(double context) {
    return StepTimes.of(
        Optional.of(
            new StepTimes.Priced(
                (n, c) -> STEP + SEQUENCE * n + context * n * c,
                (n, c) -> STEP + SEQUENCE * n + context * n * c,
                64,
                4096)),
        Optional.of(new StepTimes.Priced((n, c) -> TOKEN * n, (n, c) -> TOKEN * n, 4096, 4096)),
        Optional.empty(),
        1);
  }

  static Pool pool(Role role, Batching batching, double room, double reserved) {
    return new Pool(role, 1, 1, 1, batching, reserved, new KvRoom(room, 0), times(0));
  }

  static Batching batching(Batching.Order order, int budget, int running) {
    return new Batching(order, budget, running, true);
  }

  static Deployment one(Pool pool) {
    return new Deployment(List.of(pool), Optional.empty(), Router.LEAST_LOADED, 0);
  }

  /** Requests as {@code {ms, prompt, answer}}. */
  static RequestTrace trace(int[]... requests) {
    RequestTrace.Builder builder = new RequestTrace.Builder(1);
    for (int[] request : requests) {
      builder.add(request[0] / 1e3, request[1], request[2], new long[0]);
    }
    return builder.trace();
  }
}
