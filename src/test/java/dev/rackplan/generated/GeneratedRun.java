package dev.rackplan.generated;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.BooleanSupplier;

/** Puts problems of consecutive seeds to every invariant, and says what came of them. */
final class GeneratedRun {
  // Of each kind of fault so many cases are shrunk.
  private static final int CASES_OF_A_KIND = 1;

  /** What broke an invariant. */
  record Violation(long seed, Invariant invariant, String fault, Optional<Path> caseFolder) {
    String words() {
      return "seed "
          + seed
          + ", "
          + invariant.name()
          + ": "
          + fault
          + caseFolder.map(folder -> "\n    " + folder).orElse("");
    }
  }

  private final Path work;
  private final Path cases;
  private final double shrinkSeconds;
  private final List<Invariant> invariants;
  private final List<Violation> violations = new ArrayList<>();
  private final Map<String, int[]> ends = new TreeMap<>();
  private final Map<String, Integer> broken = new LinkedHashMap<>();
  private final Map<String, Integer> asked = new TreeMap<>();
  private final Map<String, Integer> kinds = new TreeMap<>();
  private long first;
  private int problems;
  private double seconds;

  /**
   * @param work folder for what is thrown away
   * @param cases folder that shrunk cases are written to
   * @param shrinkSeconds most time for each; with 0 none is shrunk
   */
  GeneratedRun(Path work, Path cases, double shrinkSeconds, List<Invariant> invariants) {
    this.work = work;
    this.cases = cases;
    this.shrinkSeconds = shrinkSeconds;
    this.invariants = invariants;
    invariants.forEach(invariant -> broken.put(invariant.name(), 0));
  }

  List<Violation> violations() {
    return violations;
  }

  /** Solved problems over all. */
  double solvedShare() {
    int solved = ends.values().stream().mapToInt(end -> end[0]).sum();
    return solved / (double) Math.max(1, problems);
  }

  /** Runs from {@code seed} on until {@code enough}. */
  void run(long seed, BooleanSupplier enough) {
    first = seed;
    long start = System.nanoTime();
    for (long next = seed; !enough.getAsBoolean(); next++) {
      problem(next);
      problems++;
      seconds = (System.nanoTime() - start) / 1e9;
    }
  }

  private void problem(long seed) {
    GeneratedProblem problem = GeneratedProblem.of(seed);
    List<Violation> found = new ArrayList<>();
    try (Trial trial = new Trial(problem, work.resolve("p"))) {
      for (Invariant invariant : invariants) {
        if (!invariant.isAskedOf(seed)) {
          continue;
        }
        asked.merge(invariant.name(), 1, Integer::sum);
        Optional<String> fault = invariant.fault(trial);
        fault.ifPresent(
            words -> found.add(new Violation(seed, invariant, words, Optional.empty())));
        if (fault.isPresent() && isFirst(invariant)) {
          break;
        }
      }
      boolean valid = found.stream().noneMatch(violation -> isFirst(violation.invariant()));
      boolean solved = valid && trial.solve().run().exitCode() == 0;
      ends.computeIfAbsent(problem.phase(), phase -> new int[3])[solved ? 0 : valid ? 1 : 2]++;
    }
    for (Violation violation : found) {
      broken.merge(violation.invariant().name(), 1, Integer::sum);
      String kind = violation.invariant().name() + Invariant.kind(violation.fault());
      boolean shrunk = kinds.merge(kind, 1, Integer::sum) <= CASES_OF_A_KIND;
      violations.add(
          shrunk && shrinkSeconds > 0
              ? new Violation(
                  seed, violation.invariant(), violation.fault(), Optional.of(shrunk(violation)))
              : violation);
    }
  }

  private static boolean isFirst(Invariant invariant) {
    return invariant.equals(Invariant.VALID) || invariant.equals(Invariant.ENDS);
  }

  private Path shrunk(Violation violation) {
    long start = System.nanoTime();
    String kind = Invariant.kind(violation.fault());
    Shrinker shrinker =
        new Shrinker(
            smaller -> fails(smaller, violation, kind),
            () -> (System.nanoTime() - start) / 1e9 > shrinkSeconds);
    GeneratedProblem smallest = shrinker.shrink(GeneratedProblem.of(violation.seed()));
    Path folder = cases.resolve(violation.seed() + "-" + violation.invariant().name());
    Trial.delete(folder);
    smallest.write(folder);
    GeneratedProblem.write(folder, "README.md", readme(violation));
    return folder;
  }

  /** Whether a smaller problem is valid and breaks the invariant in the same way. */
  private boolean fails(GeneratedProblem problem, Violation violation, String kind) {
    Invariant invariant = violation.invariant();
    try (Trial trial = new Trial(problem, work.resolve("s"))) {
      if (!invariant.equals(Invariant.VALID) && Invariant.VALID.fault(trial).isPresent()) {
        return false;
      }
      if (!isFirst(invariant) && Invariant.ENDS.fault(trial).isPresent()) {
        return false;
      }
      Optional<String> fault = invariant.fault(trial);
      boolean exact = isFirst(invariant) || kind.startsWith("[at ");
      // A fault that all but vanishes is another one.
      return fault.isPresent()
          && (!exact || Invariant.kind(fault.get()).equals(kind))
          && Invariant.percent(fault.get()) >= Invariant.percent(violation.fault()) / 2;
    }
  }

  private String readme(Violation violation) {
    return "Seed "
        + violation.seed()
        + " broke \""
        + violation.invariant().claim()
        + "\":\n\n"
        + violation.fault().strip().replace(work + "/", "")
        + "\n\nMade smaller since. To repeat it here: `rackplan solve p/p.json --steps 50 --threads 1 -o plans`.\n"
        + "The whole problem: `mvn test -Dtest=GeneratedProblemsTest -Dgenerated.seed="
        + violation.seed()
        + " -Dgenerated.problems=1`.\n";
  }

  /** What came of it, as a table. */
  String summary() {
    StringBuilder text = new StringBuilder();
    text.append(
        String.format(
            Locale.ROOT,
            "Generated problems: seeds %d to %d, %d problems in %.0f s (%.0f a minute)%n",
            first,
            first + problems - 1,
            problems,
            seconds,
            60 * problems / Math.max(1e-9, seconds)));
    text.append(String.format("  %-10s %8s %8s %8s%n", "phase", "solved", "no plan", "failed"));
    ends.forEach(
        (phase, end) ->
            text.append(String.format("  %-10s %8d %8d %8d%n", phase, end[0], end[1], end[2])));
    broken.forEach(
        (name, count) ->
            text.append(
                String.format(
                    Locale.ROOT,
                    "  %-20s %6d of %6d broken (%.2f%%)%n",
                    name,
                    count,
                    asked.getOrDefault(name, 0),
                    100.0 * count / Math.max(1, asked.getOrDefault(name, 0)))));
    return text.toString();
  }

  /** The violations, each kind's first ones. */
  String listed() {
    StringBuilder text = new StringBuilder();
    Map<String, Integer> shown = new TreeMap<>();
    for (Violation violation : violations) {
      String kind = violation.invariant().name() + Invariant.kind(violation.fault());
      if (shown.merge(kind, 1, Integer::sum) <= 3) {
        text.append("  ").append(violation.words()).append('\n');
      }
    }
    return text.toString();
  }
}
