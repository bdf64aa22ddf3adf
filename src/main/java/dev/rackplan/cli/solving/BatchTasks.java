package dev.rackplan.cli.solving;

import dev.rackplan.batch.Batch;
import dev.rackplan.batch.Workers;
import dev.rackplan.cli.terminal.BatchDisplay;
import dev.rackplan.cli.terminal.SearchDisplay;
import dev.rackplan.report.RunEnd;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.io.Writer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BooleanSupplier;

/**
 * Problems of a batch: each one's words are held back until it ends, so that they stand together.
 */
public final class BatchTasks implements Batch.Tasks<RunEnd> {
  /**
   * Where problems are solved, if not in this process.
   *
   * @param publish as in {@link ProblemSolve#solveOn}
   */
  public record Elsewhere(Workers workers, Optional<String> publish) {}

  private final ProblemSolve.How how;
  private final boolean json;
  private final BooleanSupplier stopped;
  private final BatchDisplay display;
  private final Optional<Elsewhere> elsewhere;
  private final List<BatchItem> items;
  private final Map<String, Path> targets;
  private final ProblemSolve[] solves;
  private final StringWriter[] words;

  public BatchTasks(
      List<BatchItem> items,
      Map<String, Path> targets,
      ProblemSolve.How how,
      boolean json,
      BooleanSupplier stopped,
      BatchDisplay display,
      Optional<Elsewhere> elsewhere) {
    this.elsewhere = elsewhere;
    this.items = items;
    this.targets = targets;
    this.how = how;
    this.json = json;
    this.stopped = stopped;
    this.display = display;
    this.solves = new ProblemSolve[items.size()];
    this.words = new StringWriter[items.size()];
  }

  /** In the problems' order, those that were looked at. */
  public List<ProblemSolve> solves() {
    List<ProblemSolve> begun = new ArrayList<>();
    for (ProblemSolve solve : solves) {
      if (solve != null) {
        begun.add(solve);
      }
    }
    return begun;
  }

  private ProblemSolve solve(int index) {
    words[index] = new StringWriter();
    solves[index] = problem(index, words[index]);
    return solves[index];
  }

  // A table follows: summaries go nowhere.
  private ProblemSolve problem(int index, Writer err) {
    BatchItem item = items.get(index);
    return ProblemSolve.of(
        item,
        targets.get(item.shown()),
        how,
        new PrintWriter(Writer.nullWriter()),
        new PrintWriter(err, true),
        json,
        stopped);
  }

  @Override
  public RunEnd run(int index) {
    display.began(items.get(index).shown());
    ProblemSolve solve = solve(index);
    return elsewhere.isEmpty()
        ? solve.solve(name -> SearchDisplay.none())
        : solve.solveOn(elsewhere.get().workers(), elsewhere.get().publish());
  }

  @Override
  public RunEnd failed(int index, Throwable fault) {
    return solve(index).failed(fault);
  }

  @Override
  public RunEnd notBegun(int index) {
    return problem(index, Writer.nullWriter()).notBegun();
  }

  @Override
  public void ended(int index, RunEnd end) {
    display.ended(end, words[index] == null ? "" : words[index].toString());
  }
}
