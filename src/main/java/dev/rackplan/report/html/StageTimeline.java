package dev.rackplan.report.html;

import dev.rackplan.cost.CostedStage;
import dev.rackplan.cost.PhaseCost;
import dev.rackplan.cost.StageTraining;
import dev.rackplan.cost.TrainingCost;
import dev.rackplan.cost.pipeline.PipelineRun;
import dev.rackplan.plan.Layout;
import dev.rackplan.problem.Problem;
import dev.rackplan.report.PlanReport;
import dev.rackplan.workload.PipelineSchedule;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * What each stage does when, with the plan's step marked in it: from one token of a micro-batch to
 * its next (decode), from a prompt's start to its first token (prefill), or the whole optimizer
 * step.
 *
 * @param stages how many
 * @param boxes passes in s from the start, by start on each stage
 * @param seconds the end of what is drawn
 * @param stepFrom where the step begins in s
 * @param stepTo where it ends in s
 * @param words what is drawn, in sentences
 */
record StageTimeline(
    int stages,
    List<PipelineRun.Box> boxes,
    double seconds,
    double stepFrom,
    double stepTo,
    String words) {
  /** More passes than that are not drawn. */
  static final int MOST_BOXES = 20_000;

  private static final int ROUNDS = 3;

  StageTimeline {
    boxes = List.copyOf(boxes);
  }

  /** Of the slowest instance; empty where there are too many passes, or no run was priced. */
  static Optional<StageTimeline> of(PlanReport report) {
    Problem problem = report.problem();
    Layout layout = report.plan().layout();
    List<CostedStage> stages = report.evaluation().stages();
    return switch (problem.workload().phase()) {
      case DECODE -> decode(report, stages);
      case PREFILL -> prefill(report, stages);
      case TRAINING -> training(problem, layout, stages);
    };
  }

  // A micro-batch's next token starts when its last one left the last stage.
  private static Optional<StageTimeline> decode(PlanReport report, List<CostedStage> stages) {
    Layout layout = report.plan().layout();
    int batches = layout.microBatches();
    if (tooMany(stages, 2L * batches)) {
      return Optional.empty();
    }
    int rounds = tooMany(stages, (long) ROUNDS * batches) ? 2 : ROUNDS;
    List<PipelineRun.Box> boxes = run(stages, batches, rounds, true);
    // The last stage's first box of the first round, and of the second.
    double from = endOf(boxes, stages.size() - 1, 0);
    double to = endOf(boxes, stages.size() - 1, batches);
    double accepted = layout.acceptedTokens(report.problem().workload());
    String words =
        rounds
            + " rounds of "
            + batches
            + (batches > 1 ? " micro-batches" : " micro-batch")
            + ". Marked: from one token of micro-batch 0 to its next"
            + (accepted == 1 ? "." : ", " + accepted + " tokens with drafts.");
    return Optional.of(
        new StageTimeline(stages.size(), boxes, last(boxes), from, to, words + " Grey is idle."));
  }

  // Chunks of prompts follow each other through the stages.
  private static Optional<StageTimeline> prefill(PlanReport report, List<CostedStage> stages) {
    Layout layout = report.plan().layout();
    int chunks = PhaseCost.of(report.problem(), layout).chunks();
    if (tooMany(stages, chunks)) {
      return Optional.empty();
    }
    int batches = layout.microBatches();
    while (tooMany(stages, (long) batches * chunks)) {
      batches--;
    }
    List<PipelineRun.Box> boxes = new ArrayList<>();
    for (PipelineRun.Box box : run(stages, batches * chunks, 1, false)) {
      boxes.add(
          new PipelineRun.Box(
              box.device(),
              box.startSeconds(),
              box.endSeconds(),
              box.microBatch() / chunks,
              false));
    }
    double to = endOf(boxes, stages.size() - 1, chunks - 1);
    String words =
        (batches < layout.microBatches()
                ? "The first " + batches + " of " + layout.microBatches()
                : "All " + batches)
            + " micro-batches of prompts, "
            + chunks
            + (chunks > 1 ? " chunks each" : " chunk each")
            + ". Marked: until the first token of micro-batch 0. Grey is idle.";
    return Optional.of(new StageTimeline(stages.size(), boxes, last(boxes), 0, to, words));
  }

  // The run that the step's time was read from, then reduction and optimizer.
  private static Optional<StageTimeline> training(
      Problem problem, Layout layout, List<CostedStage> stages) {
    PipelineSchedule schedule = layout.training(problem.workload()).orElseThrow().schedule();
    long passes = 2L * layout.microBatches();
    if (!PipelineRun.runs(schedule, stages.size(), layout.microBatches())
        || tooMany(stages, passes)) {
      return Optional.empty();
    }
    TrainingCost cost = new TrainingCost(problem, layout);
    PipelineRun run = cost.run(layout.microBatches(), stages);
    if (run.boxes().size() > MOST_BOXES) {
      return Optional.empty();
    }
    double step = run.seconds() + StageTraining.ending(stages).endSeconds();
    return Optional.of(
        new StageTimeline(
            stages.size(),
            run.boxes(),
            step,
            0,
            step,
            "The "
                + schedule.word()
                + " run that the step is read from, "
                + run.boxes().size()
                + " passes; backward passes are darker. At its end, across all stages: gradients"
                + " reduced and the optimizer. Light grey is idle."));
  }

  private static boolean tooMany(List<CostedStage> stages, long passes) {
    return passes * stages.size() > MOST_BOXES;
  }

  // In order on every stage; a stage's time holds its hop.
  private static List<PipelineRun.Box> run(
      List<CostedStage> stages, int jobs, int rounds, boolean returning) {
    double[] free = new double[stages.size()];
    double[] ready = new double[jobs];
    List<PipelineRun.Box> boxes = new ArrayList<>();
    for (int round = 0; round < rounds; round++) {
      for (int job = 0; job < jobs; job++) {
        double at = returning ? ready[job] : 0;
        for (int s = 0; s < stages.size(); s++) {
          double start = Math.max(free[s], at);
          at = start + stages.get(s).seconds();
          free[s] = at;
          boxes.add(new PipelineRun.Box(s, start, at, job, false));
        }
        ready[job] = at;
      }
    }
    return boxes;
  }

  private static double endOf(List<PipelineRun.Box> boxes, int stage, int index) {
    return boxes.stream()
        .filter(box -> box.device() == stage)
        .skip(index)
        .findFirst()
        .orElseThrow()
        .endSeconds();
  }

  private static double last(List<PipelineRun.Box> boxes) {
    return boxes.stream().mapToDouble(PipelineRun.Box::endSeconds).max().orElseThrow();
  }

  /** The marked step in s. */
  double stepSeconds() {
    return stepTo - stepFrom;
  }
}
