package dev.rackplan.generated;

import dev.rackplan.cli.CommandRun;
import dev.rackplan.json.JsonCursor;
import dev.rackplan.json.ProblemFile;
import dev.rackplan.json.SolutionFile;
import dev.rackplan.plan.Plan;
import dev.rackplan.problem.Pool;
import dev.rackplan.problem.Problem;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Stream;

/** One generated problem in a folder, and what rackplan makes of it, each answer asked for once. */
class Trial implements AutoCloseable {
  /** Moves a layer: enough to leave the start, few enough for a moment. */
  private static final int STEPS = Integer.getInteger("generated.steps", 50);

  /**
   * One solution that was written.
   *
   * @param problem of its pool, where it is one of two
   * @param tree all of the file as plain values
   */
  record Solution(Path file, String text, Map<String, Object> tree, Problem problem, Plan plan) {
    @SuppressWarnings("unchecked")
    Map<String, Object> evaluation() {
      return (Map<String, Object>) tree.get("evaluation");
    }
  }

  /**
   * One run of solve.
   *
   * @param solutions none where no plan was found, two where the problem has two pools
   */
  record Solve(CommandRun run, List<Solution> solutions) {}

  private final GeneratedProblem problem;
  private final Path folder;
  private final Map<String, Solve> solves = new TreeMap<>();
  private final Map<String, Trial> others = new TreeMap<>();

  Trial(GeneratedProblem problem, Path folder) {
    this.problem = problem;
    this.folder = folder;
    delete(folder);
    problem.write(folder);
  }

  GeneratedProblem problem() {
    return problem;
  }

  /** The same question put otherwise, in a folder of its own. */
  Trial other(String name, GeneratedProblem put) {
    return others.computeIfAbsent(name, missing -> new Trial(put, folder.resolve(name)));
  }

  CommandRun validate() {
    return CommandRun.traced("--debug", "validate", path(GeneratedProblem.PROBLEM));
  }

  /** As the invariants look at it. */
  Solve solve() {
    return solve("plain", 0, 1);
  }

  /** Solves it, once for each {@code name}. */
  Solve solve(String name, long seed, int threads) {
    Solve known = solves.get(name);
    if (known == null) {
      known = solved(name, seed, threads);
      solves.put(name, known);
    }
    return known;
  }

  /** Solves it with another seed, beginning with a plan. */
  Solve solveFrom(Path start) {
    return solved("from", 1, 1, "--from", start.toString());
  }

  private Solve solved(String name, long seed, int threads, String... more) {
    Path output = folder.resolve("o").resolve(name);
    List<String> arguments = new ArrayList<>();
    arguments.addAll(List.of("--debug", "solve", path(GeneratedProblem.PROBLEM), "--json"));
    arguments.addAll(List.of("-o", output.toString(), "--steps", "" + STEPS));
    arguments.addAll(List.of("--seed", "" + seed, "--threads", "" + threads));
    arguments.addAll(List.of(more));
    CommandRun run = CommandRun.traced(arguments.toArray(String[]::new));
    List<Solution> solutions = new ArrayList<>();
    if (run.exitCode() == 0) {
      for (Optional<Pool> pool : pools()) {
        solutions.add(
            solution(
                output.resolve(
                    "p" + pool.map(p -> "-" + JsonCursor.camelCase(p)).orElse("") + ".json"),
                pool));
      }
    }
    return new Solve(run, solutions);
  }

  private List<Optional<Pool>> pools() {
    return problem.isServing()
        ? Stream.of(Pool.values()).map(Optional::of).toList()
        : List.of(Optional.empty());
  }

  @SuppressWarnings("unchecked")
  private Solution solution(Path file, Optional<Pool> pool) {
    Path source = folder.resolve(GeneratedProblem.PROBLEM);
    Problem asked =
        pool.isPresent()
            ? ProblemFile.loadServing(source, "p.json").of(pool.get()).problem()
            : ProblemFile.read(source, "p.json");
    String text = text(file);
    Map<String, Object> tree = (Map<String, Object>) JsonCursor.parse(text, file.toString()).tree();
    return new Solution(
        file, text, tree, asked, SolutionFile.read(file, file.toString(), asked).plan());
  }

  private static String text(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** A file of it, as an argument of a command. */
  String path(String name) {
    return folder.resolve(name).toString();
  }

  /** Puts one more file beside the solutions. */
  Path write(String name, String text) {
    GeneratedProblem.write(folder, "o/" + name, text);
    return folder.resolve("o").resolve(name);
  }

  @Override
  public void close() {
    delete(folder);
  }

  static void delete(Path folder) {
    if (!Files.exists(folder)) {
      return;
    }
    try (Stream<Path> below = Files.walk(folder)) {
      for (Path path : below.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(path);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
