package dev.rackplan.generated;

import dev.rackplan.cli.CommandRun;
import dev.rackplan.cost.memory.MemoryUse;
import dev.rackplan.json.JsonCursor;
import dev.rackplan.plan.ExpertMap;
import dev.rackplan.plan.GpuSlots;
import dev.rackplan.plan.Layout;
import dev.rackplan.problem.MemoryRule;
import dev.rackplan.problem.Problem;
import dev.rackplan.workload.Routing;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;

/** Whether plans are sound, and as good as those that take no search. */
final class Plans {
  /** Of plans whose losses are within a tenth of a percent the surer one is taken. */
  static final double EQUALS = 1.001;

  // Plans for tokens are chosen by means over their parts, of logarithms of sums of powers: 7e-9
  // apart from the whole was seen.
  private static final double PARTS_ROUNDING = 1e-7;

  private static final List<String> OF_SEARCHES =
      List.of("nextLayout", "layoutsTried", "paretoFront");

  private Plans() {}

  /** What the problem's objective counts, smaller being better, from an evaluation's figures. */
  static double loss(Problem problem, Map<?, ?> figures, Layout layout) {
    double rate = Bounds.number(figures, "tokensPerSecond");
    return switch (problem.objective()) {
      case THROUGHPUT -> layout.gpus() / rate;
      case LATENCY -> Bounds.number(figures, stepKey(figures));
      case COST ->
          figures.containsKey("usdPerMillionTokens")
              ? Bounds.number(figures, "usdPerMillionTokens")
              // Without a price GPUs count alike, as if each cost 1 USD/h.
              : layout.gpus() / 3600.0 / rate * 1e6;
    };
  }

  private static String stepKey(Map<?, ?> figures) {
    return List.of("tpotSeconds", "ttftSeconds", "stepSeconds").stream()
        .filter(figures::containsKey)
        .findFirst()
        .orElseThrow();
  }

  static Optional<String> worse(Trial trial) {
    return worse(trial, false);
  }

  static Optional<String> worseOnSample(Trial trial) {
    return worse(trial, true);
  }

  private static Optional<String> worse(Trial trial, boolean sample) {
    for (Trial.Solution solution : trial.solve().solutions()) {
      if (plansForOther(solution.problem()) != sample) {
        continue;
      }
      double plan = loss(solution.problem(), solution.evaluation(), solution.plan().layout());
      for (Object item : (List<?>) solution.evaluation().get("baselines")) {
        Map<?, ?> usual = (Map<?, ?>) item;
        double there = loss(solution.problem(), usual, solution.plan().layout());
        double rounding = sample ? PARTS_ROUNDING : Bounds.ROUNDING;
        if (usual.get("feasible").equals(true) && there < plan * (1 - rounding)) {
          return Optional.of(
              String.format(
                  Locale.ROOT,
                  "plan is worse than %s by %.3g%% (%s)",
                  usual.get("name"),
                  100 * (plan / there - 1),
                  solution.problem().objective()));
        }
      }
    }
    return Optional.empty();
  }

  // Whether the search minimises something else than the time on the tokens that it was given.
  private static boolean plansForOther(Problem problem) {
    Routing routing = problem.workload().routing();
    boolean tokens =
        routing.scenarios().stream()
            .flatMap(scenario -> scenario.profiles().stream())
            .flatMap(profile -> profile.layers().stream())
            .anyMatch(layer -> layer.tokens() > 0);
    return tokens && (routing.caution() > 0 || routing.parts() > 1);
  }

  /** Layouts that were solved and lost; points of the front where sequences are given. */
  static Optional<String> notBest(Trial trial) {
    for (Trial.Solution solution : trial.solve().solutions()) {
      if (trial.problem().isServing() || plansForOther(solution.problem())) {
        return Optional.empty();
      }
      Map<String, Object> evaluation = solution.evaluation();
      List<Map<?, ?>> others = new ArrayList<>();
      for (Object item : (List<?>) evaluation.getOrDefault("layoutsTried", List.of())) {
        Map<?, ?> tried = (Map<?, ?>) item;
        if ("worse".equals(tried.get("reason"))) {
          others.add(tried);
        }
      }
      // With sequences left open the front's points hold fewer of them.
      if (!solution.problem().leavesSequencesOpen()) {
        ((List<?>) evaluation.getOrDefault("paretoFront", List.of()))
            .forEach(point -> others.add((Map<?, ?>) point));
      }
      for (Map<?, ?> other : others) {
        Optional<String> fault = better(solution.problem(), other, evaluation);
        if (fault.isPresent()) {
          return fault;
        }
      }
    }
    return Optional.empty();
  }

  private static Optional<String> better(
      Problem problem, Map<?, ?> other, Map<String, Object> evaluation) {
    String step = Bounds.stepKey(evaluation);
    if (!withinLimits(problem, Bounds.number(other, step))) {
      return Optional.empty();
    }
    return switch (problem.objective()) {
      case LATENCY ->
          better(
              other.get("layout") + ": step",
              Bounds.number(other, step),
              Bounds.number(evaluation, step));
      case THROUGHPUT ->
          better(
              other.get("layout") + ": s a token and GPU",
              1 / Bounds.number(other, "tokensPerSecondPerGpu"),
              1 / Bounds.number(evaluation, "tokensPerSecondPerGpu"));
      case COST -> Optional.empty();
    };
  }

  private static boolean withinLimits(Problem problem, double step) {
    return switch (problem.workload().phase()) {
      case DECODE -> step <= problem.limits().tpotSeconds().orElse(Double.POSITIVE_INFINITY);
      case PREFILL -> step <= problem.limits().ttftSeconds().orElse(Double.POSITIVE_INFINITY);
      case TRAINING -> true;
    };
  }

  private static Optional<String> better(String what, double there, double plan) {
    return there < plan * (1 - Bounds.ROUNDING) / EQUALS
        ? Optional.of(what + " " + there + " is better than the plan's " + plan)
        : Optional.empty();
  }

  static Optional<String> secondCopy(Trial trial) {
    List<Trial.Solution> all = new ArrayList<>(trial.solve().solutions());
    all.addAll(trial.solve("seed", 1, 1).solutions());
    for (Trial.Solution solution : all) {
      for (Map.Entry<Integer, ExpertMap> entry : solution.plan().experts().entrySet()) {
        Optional<String> fault = secondCopy(entry.getKey(), entry.getValue());
        if (fault.isPresent()) {
          return fault;
        }
      }
    }
    return Optional.empty();
  }

  private static Optional<String> secondCopy(int layer, ExpertMap map) {
    GpuSlots dealt = map.dealt();
    int[] experts = map.toArray();
    int kinds = new TreeSet<>(Arrays.stream(experts).boxed().toList()).size();
    for (int g = 0; g < dealt.gpus(); g++) {
      TreeSet<Integer> held = new TreeSet<>();
      for (int s = 0; s < dealt.slotsOf(g); s++) {
        int expert = experts[dealt.firstSlot(g) + s];
        if (!held.add(expert) && dealt.slotsOf(g) <= kinds) {
          return Optional.of(
              "layer "
                  + layer
                  + ": GPU "
                  + g
                  + " of its stage holds expert "
                  + expert
                  + " twice: "
                  + Arrays.toString(experts));
        }
      }
    }
    return Optional.empty();
  }

  static Optional<String> overMemory(Trial trial) {
    for (Trial.Solution solution : trial.solve().solutions()) {
      Problem problem = solution.problem();
      for (int s = 0; s < solution.plan().stages().size(); s++) {
        double bytes = MemoryUse.of(problem, solution.plan(), s).bytes();
        for (int gpu : solution.plan().stages().get(s).gpus()) {
          double hbm = problem.topology().gpus().get(gpu).spec().hbmBytes();
          double limit =
              problem.engine().memory().rule() == MemoryRule.RESERVE
                  ? hbm * (1 - problem.limits().memoryReserve())
                  : problem.usableBytes(hbm);
          if (bytes > limit * (1 + Bounds.ROUNDING)) {
            return Optional.of("stage " + s + " holds " + bytes + " bytes, its GPU " + limit);
          }
        }
      }
      if (!Boolean.TRUE.equals(solution.evaluation().get("feasible"))) {
        return Optional.of("written but not feasible");
      }
    }
    return Optional.empty();
  }

  static Optional<String> judgedOtherwise(Trial trial) {
    for (Trial.Solution solution : trial.solve().solutions()) {
      CommandRun run =
          CommandRun.traced(
              "--debug",
              "evaluate",
              trial.path(GeneratedProblem.PROBLEM),
              "--solution",
              solution.file().toString(),
              "--json");
      if (run.exitCode() != 0 || !run.err().isEmpty()) {
        return Optional.of("evaluate ends with " + run.exitCode() + ": " + run.err());
      }
      Object judged = JsonCursor.parse(run.out(), "evaluate").get("evaluation").tree();
      Map<String, Object> solved = Bounds.without(solution.evaluation(), OF_SEARCHES);
      if (!judged.equals(solved)) {
        return Optional.of(Notations.difference(solved, judged, "evaluation"));
      }
    }
    return Optional.empty();
  }

  /** {@code solve --from} a plan of this problem, with another seed. */
  static Optional<String> worseThanStart(Trial trial) {
    if (trial.problem().isServing() || trial.solve().solutions().isEmpty()) {
      return Optional.empty();
    }
    Trial.Solution start = trial.solve().solutions().get(0);
    Trial.Solve after = trial.solveFrom(start.file());
    if (after.solutions().isEmpty()) {
      return Optional.of("no plan comes out, " + Invariant.ended(after.run()));
    }
    Trial.Solution end = after.solutions().get(0);
    double before = loss(start.problem(), start.evaluation(), start.plan().layout());
    double now = loss(end.problem(), end.evaluation(), end.plan().layout());
    return plansForOther(start.problem()) || now <= before * (1 + Bounds.ROUNDING)
        ? Optional.empty()
        : Optional.of(
            String.format(
                Locale.ROOT, "--from makes it worse by %.3g%%", 100 * (now / before - 1)));
  }

  /** Figures below zero of what is too much or too few. */
  static Optional<String> oddRemedy(Trial trial) {
    Trial.Solve solve = trial.solve();
    return solve.run().exitCode() != 3
        ? Optional.empty()
        : solve.run().err().lines().filter(line -> line.matches(".*[ (]-[0-9].*")).findFirst();
  }

  static Optional<String> threaded(Trial trial) {
    Trial.Solve one = trial.solve();
    Trial.Solve two = trial.solve("threads", 0, 3);
    if (one.run().exitCode() != two.run().exitCode()) {
      return Optional.of("exit code of 1 thread differs from that of 3");
    }
    for (int i = 0; i < one.solutions().size(); i++) {
      if (!one.solutions().get(i).text().equals(two.solutions().get(i).text())) {
        return Optional.of(
            Notations.difference(
                one.solutions().get(i).tree(), two.solutions().get(i).tree(), "solution"));
      }
    }
    return Optional.empty();
  }
}
