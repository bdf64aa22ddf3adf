package dev.rackplan.export;

import dev.rackplan.cost.memory.MemoryUse;
import dev.rackplan.json.JsonText;
import dev.rackplan.model.ContextLimit;
import dev.rackplan.plan.Layout;
import dev.rackplan.problem.Degree;
import dev.rackplan.problem.Problem;
import dev.rackplan.workload.Contexts;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;

/**
 * Tokens of the longest sequence that an engine is told to take: what the model's config allows, as
 * far as one rank's cache holds it easily. vLLM refuses to start where its cache can't hold one
 * sequence of that length, and takes the config's length where nobody says another.
 */
final class LongestContext {
  // Of a rank's cache, so that an estimate of memory that is off keeps no engine from starting.
  // Assumed.
  private static final double EASILY = 0.5;

  // Where answers are not known a context is the prompt and half of the answer: all of both is no
  // more than twice that.
  private static final double WHOLE_OF_MEAN = 2;

  // Lengths below the config's are multiples of it.
  private static final int STEP = 1024;

  private final Deployment deployment;
  private final Problem problem;
  private final double planned;

  private LongestContext(Deployment deployment, double planned) {
    this.deployment = deployment;
    this.problem = deployment.problem();
    this.planned = planned;
  }

  /** Empty where the model's config says no length: the engine's own guess is left. */
  static OptionalInt tokens(Deployment deployment) {
    return deployment.place().longestContext().isPresent()
        ? deployment.place().longestContext()
        : ofAll(List.of(deployment));
  }

  /** What a checkpoint's config lacks for {@link #tokens}, such as RoPE scaling; else empty. */
  static Map<String, Object> override(Deployment deployment) {
    OptionalInt longest = tokens(deployment);
    return longest.isEmpty()
        ? Map.of()
        : deployment.problem().model().contextLimit().orElseThrow().overrideFor(longest.getAsInt());
  }

  /**
   * The length as an engine's flag, and what the config lacks for it as another's JSON; none where
   * no length is known.
   */
  static List<String> flags(Deployment deployment, String length, String override) {
    List<String> words = new ArrayList<>();
    tokens(deployment).ifPresent(longest -> words.add(length + " " + longest));
    Map<String, Object> lacking = override(deployment);
    if (!lacking.isEmpty()) {
      words.add(override + " '" + JsonText.line(lacking).strip() + "'");
    }
    return words;
  }

  /** The shortest of all, since a request may come to any. */
  static OptionalInt ofAll(List<Deployment> pools) {
    double planned = pools.stream().mapToDouble(LongestContext::planned).max().orElseThrow();
    return pools.stream()
        .flatMapToInt(
            pool ->
                pool.problem().model().contextLimit().stream()
                    .mapToInt(limit -> new LongestContext(pool, planned).within(limit)))
        .min();
  }

  // To the end of the answer, where the problem says so.
  private static double planned(Deployment deployment) {
    Problem problem = deployment.problem();
    return Math.max(
        problem.workload().contexts().heldTokens(1),
        problem.engine().memory().sequenceTokens().orElse(0));
  }

  private int within(ContextLimit limit) {
    int most = limit.holding(planned);
    int easily = held(most, EASILY);
    int whole = (int) Math.min(Math.ceil(WHOLE_OF_MEAN * planned), most);
    int least = (int) Math.min(Math.ceil(planned), most);
    return Math.max(easily, Math.max(least, Math.min(whole, held(most, 1))));
  }

  /** The longest sequence within {@code most} that takes at most {@code share} of a cache. */
  private int held(int most, double share) {
    if (fits(most, share)) {
      return most;
    }
    int fit = 0;
    int not = (most + STEP - 1) / STEP;
    while (not - fit > 1) {
      int middle = (fit + not) / 2;
      if (fits(middle * STEP, share)) {
        fit = middle;
      } else {
        not = middle;
      }
    }
    return fit * STEP;
  }

  private boolean fits(int tokens, double share) {
    Problem alone = problem.withWorkload(problem.workload().withContexts(Contexts.of(tokens)));
    Layout layout =
        deployment
            .layout()
            .with(Degree.MICRO_BATCHES, 1)
            .withSequences(deployment.layout().attentionRanks());
    double usable = problem.usableBytes(deployment.gpu().hbmBytes());
    for (int stage = 0; stage < deployment.plan().stages().size(); stage++) {
      MemoryUse planned = MemoryUse.of(problem, deployment.plan(), stage);
      var layers = deployment.plan().stages().get(stage);
      double one = MemoryUse.of(alone, layout, layers.firstLayer(), layers.lastLayer()).kvBytes();
      if (one > share * (usable - (planned.bytes() - planned.kvBytes()))) {
        return false;
      }
    }
    return true;
  }
}
