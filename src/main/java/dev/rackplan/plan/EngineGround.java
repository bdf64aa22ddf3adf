package dev.rackplan.plan;

import dev.rackplan.problem.EngineKind;
import dev.rackplan.problem.Problem;
import dev.rackplan.topology.Draining;
import dev.rackplan.topology.Gpu;
import dev.rackplan.topology.GpuSpec;
import dev.rackplan.topology.GpuVendor;
import dev.rackplan.topology.Topology;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/**
 * The GPUs that one plan may stand on, where a topology has several kinds: of one maker, since
 * CUDA, ROCm and CANN start no process together, and of kinds on which the problem's engine runs
 * and multiplies the weights' formats. Searches, evaluations, exports and replays ask a plan's
 * ground, not the whole topology. GPUs of unknown makers go with any.
 *
 * <p>Where all GPUs are of one kind there is one ground, the problem itself.
 */
public final class EngineGround {
  /** What helps where a plan stands on several makers' GPUs. */
  public static final String ONE_MAKER =
      "Drain all except one maker's in the topology, and solve again.";

  private EngineGround() {}

  /**
   * The problem on each ground, its other GPUs drained, in the order of the topology; the problem
   * as it is where it has no other GPUs, or where its engine runs on none.
   */
  public static List<Problem> all(Problem problem) {
    List<GpuSpec> kinds = problem.topology().kinds();
    if (kinds.size() == 1) {
      return List.of(problem);
    }
    Collection<GpuSpec> fit = fitting(problem, kinds);
    Set<GpuVendor> makers = new LinkedHashSet<>();
    fit.forEach(kind -> kind.vendor().ifPresent(makers::add));
    if (makers.size() < 2) {
      return List.of(on(problem, fit::contains));
    }
    List<Problem> grounds = new ArrayList<>();
    for (GpuVendor maker : makers) {
      grounds.add(on(problem, kind -> fit.contains(kind) && kind.vendor().orElse(maker) == maker));
    }
    return grounds;
  }

  /**
   * The problem on the ground of {@code plan}: with the kinds of its GPUs alone where no ground has
   * all of them, and as it is where they are of several makers.
   */
  public static Problem of(Problem problem, Plan plan) {
    if (problem.topology().kinds().size() == 1) {
      return problem;
    }
    Set<GpuSpec> own = kinds(problem.topology(), plan);
    if (makers(own).size() > 1) {
      return problem;
    }
    return all(problem).stream()
        .filter(ground -> ground.topology().kinds().containsAll(own))
        .findFirst()
        .orElseGet(() -> on(problem, own::contains));
  }

  /** What is wrong with the makers of a plan's GPUs; empty where there is one. */
  public static Optional<String> fault(Topology topology, Plan plan) {
    Set<String> makers = makers(kinds(topology, plan));
    return makers.size() < 2
        ? Optional.empty()
        : Optional.of(
            "the plan has accelerators of "
                + String.join(" and ", makers)
                + ", which no engine starts together");
  }

  /**
   * Which usable GPUs no plan of a ground has, and why, such as {@code no engine starts AMD and
   * NVIDIA together}; empty where the only ground has all.
   */
  public static Optional<String> remark(Problem problem) {
    List<Problem> grounds = all(problem);
    Set<GpuSpec> used = new LinkedHashSet<>();
    grounds.forEach(ground -> used.addAll(ground.topology().kinds()));
    Set<String> left =
        problem.topology().kinds().stream()
            .filter(kind -> !used.contains(kind))
            .map(GpuSpec::name)
            .collect(Collectors.toCollection(TreeSet::new));
    List<String> words = new ArrayList<>();
    if (!left.isEmpty()) {
      words.add(
          String.join(", ", left)
              + " left out: "
              + problem.engine().kind().map(EngineKind::title).orElse("the engine")
              + " does not run there with these formats");
    }
    if (grounds.size() > 1) {
      words.add(
          "a plan stands on accelerators of one maker, "
              + String.join(" or ", makers(used))
              + ": no engine starts them together");
    }
    return words.isEmpty() ? Optional.empty() : Optional.of(String.join("; ", words));
  }

  private static Collection<GpuSpec> fitting(Problem problem, List<GpuSpec> kinds) {
    Optional<EngineKind> engine = problem.engine().kind();
    if (engine.isEmpty()) {
      return kinds;
    }
    List<EngineRule> rules =
        EngineRules.of(engine.get(), problem.engine().version()).stream()
            .filter(EngineRule::isOfAccelerators)
            .toList();
    EngineQuestion asked = EngineQuestion.of(problem);
    Set<GpuSpec> fit =
        kinds.stream()
            .filter(
                kind ->
                    rules.stream()
                        .allMatch(rule -> rule.fault(asked.of(kind), Layout.neutral()).isEmpty()))
            .collect(Collectors.toCollection(LinkedHashSet::new));
    return fit.isEmpty() ? kinds : fit;
  }

  private static Problem on(Problem problem, Predicate<GpuSpec> has) {
    List<Integer> others =
        problem.topology().usableGpus().stream()
            .filter(gpu -> !has.test(gpu.spec()))
            .map(Gpu::index)
            .toList();
    return others.isEmpty()
        ? problem
        : problem.withTopology(Draining.drain(problem.topology(), others));
  }

  private static Set<GpuSpec> kinds(Topology topology, Plan plan) {
    return plan.stages().stream()
        .flatMap(stage -> stage.gpus().stream())
        .map(gpu -> topology.gpus().get(gpu).spec())
        .collect(Collectors.toCollection(LinkedHashSet::new));
  }

  private static Set<String> makers(Set<GpuSpec> kinds) {
    return kinds.stream()
        .flatMap(kind -> kind.vendor().stream())
        .map(GpuVendor::title)
        .collect(Collectors.toCollection(TreeSet::new));
  }
}
