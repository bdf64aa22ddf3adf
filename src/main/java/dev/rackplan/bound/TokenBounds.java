package dev.rackplan.bound;

import dev.rackplan.cost.placement.ScenarioLayer;
import java.util.Collections;
import java.util.Map;
import java.util.WeakHashMap;
import java.util.concurrent.ConcurrentHashMap;

/**
 * What bounds ask of one routing where copies are merged, whatever the batch.
 *
 * <p>Layouts that differ in their micro-batches ask the same of the same routing, and so does
 * whoever judges the plan: an answer takes tens of ms and is kept as long as the routing is. The
 * counts of pairs behind the answers are large and are made again where something new is asked. For
 * one thread; answers are shared between threads.
 */
final class TokenBounds {
  private static final Map<ScenarioLayer, Map<Question, Double>> ANSWERS =
      Collections.synchronizedMap(new WeakHashMap<>());

  private final ScenarioLayer routing;
  private final Map<Question, Double> answers;
  // Made when something new is asked.
  private CoChoice pairs;
  private Overlap overlap;

  private sealed interface Question permits Shared, Remote, Spread {}

  private record Shared(int slots) implements Question {}

  private record Remote(double atHome, double mostAway, int receivers, int slots)
      implements Question {}

  private record Spread(int receivers, int slots, int extra) implements Question {}

  TokenBounds(ScenarioLayer routing) {
    this.routing = routing;
    this.answers = ANSWERS.computeIfAbsent(routing, key -> new ConcurrentHashMap<>());
  }

  /** As {@link Overlap#choices}. */
  double shared(int slots) {
    return answers.computeIfAbsent(new Shared(slots), question -> overlap().choices(slots));
  }

  /** As {@link RemoteReceivers#copies}. */
  double remote(double atHome, double mostAway, int receivers, int slots) {
    return answers.computeIfAbsent(
        new Remote(atHome, mostAway, receivers, slots),
        question ->
            new RemoteReceivers(pairs(), routing.expertsPerToken())
                .copies(atHome, mostAway, receivers, slots));
  }

  /** As {@link ReceiverSpread#receivers}. */
  double spread(int receivers, int slots, int extra) {
    return answers.computeIfAbsent(
        new Spread(receivers, slots, extra),
        question ->
            new ReceiverSpread(pairs(), routing.expertsPerToken())
                .receivers(receivers, slots, extra));
  }

  private Overlap overlap() {
    if (overlap == null) {
      overlap = new Overlap(pairs());
    }
    return overlap;
  }

  private CoChoice pairs() {
    if (pairs == null) {
      pairs = new CoChoice(routing);
    }
    return pairs;
  }
}
