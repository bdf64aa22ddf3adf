package dev.rackplan.cli;

import dev.rackplan.batch.Batch;
import dev.rackplan.report.RunEnd;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.BooleanSupplier;

/**
 * Problems of a batch: each one's words are held back until it ends, so that they stand together.
 */
final class BatchTasks implements Batch.Tasks<RunEnd> {
  private final ProblemSolve.How how;
  private final boolean json;
  private final BooleanSupplier stopped;
  private final BatchDisplay display;
  private final PrintWriter err;
  private final List<BatchItem> items;
  private final Map<String, Path> targets;
  private final ProblemSolve[] solves;
  private final StringWriter[] words;

  BatchTasks(
      List<BatchItem> items,
      Map<String, Path> targets,
      ProblemSolve.How how,
      boolean json,
      BooleanSupplier stopped,
      BatchDisplay display,
      PrintWriter err) {
    this.items = items;
    this.targets = targets;
    this.how = how;
    this.json = json;
    this.stopped = stopped;
    this.display = display;
    this.err = err;
    this.solves = new ProblemSolve[items.size()];
    this.words = new StringWriter[items.size()];
  }

  /** In the problems' order, those that were looked at. */
  List<ProblemSolve> solves() {
    List<ProblemSolve> begun = new ArrayList<>();
    for (ProblemSolve solve : solves) {
      if (solve != null) {
        begun.add(solve);
      }
    }
    return begun;
  }

  // A table follows: summaries go nowhere.
  private ProblemSolve solve(int index) {
    words[index] = new StringWriter();
    solves[index] =
        new ProblemSolve(
            items.get(index).shown(),
            targets.get(items.get(index).shown()),
            how.seeded(items.get(index).seed()),
            items.get(index).varied(),
            new PrintWriter(java.io.Writer.nullWriter()),
            new PrintWriter(words[index], true),
            json,
            stopped);
    return solves[index];
  }

  @Override
  public RunEnd run(int index) {
    display.began(items.get(index).shown());
    return solve(index).solve(name -> SearchDisplay.none());
  }

  @Override
  public RunEnd failed(int index, Throwable fault) {
    return solve(index).failed(fault);
  }

  @Override
  public RunEnd notBegun(int index) {
    return new ProblemSolve(
            items.get(index).shown(),
            targets.get(items.get(index).shown()),
            how.seeded(items.get(index).seed()),
            items.get(index).varied(),
            err,
            err,
            json,
            stopped)
        .notBegun();
  }

  @Override
  public void ended(int index, RunEnd end) {
    display.ended(end, words[index] == null ? "" : words[index].toString());
  }
}
