package dev.rackplan.report;

import dev.rackplan.cost.CostedStage;
import dev.rackplan.cost.StageTraining;
import dev.rackplan.cost.memory.MemoryUse;
import dev.rackplan.evaluation.Evaluation;
import dev.rackplan.evaluation.TrainingFigures;
import dev.rackplan.workload.Training;
import java.util.List;

/** What a summary says of training: one line, and a row per stage of passes and memory by part. */
final class TrainingText {
  private TrainingText() {}

  static String of(PlanReport report) {
    Evaluation evaluation = report.evaluation();
    TrainingFigures figures = evaluation.training().orElseThrow();
    Training training = report.plan().layout().training(report.problem().workload()).orElseThrow();
    return "training: "
        + training.schedule().word()
        + (training.virtualStages() > 1 ? " of " + training.virtualStages() + " chunks" : "")
        + ", a step of "
        + Figures.fixed(figures.stepSeconds(), 3)
        + " s; "
        + Figures.fixed(100 * figures.modelFlopsUtilization(), 1)
        + "% of the BF16 peak (MFU), bubble "
        + Figures.fixed(100 * evaluation.bubbleFraction(), 1)
        + "% of the schedule; "
        + Figures.fixed(figures.exposedCommunicationSeconds(), 3)
        + " s of communication exposed, of which "
        + Figures.fixed(figures.reductionSeconds(), 3)
        + " s gradients and weights at the end; optimizer "
        + Figures.fixed(figures.optimizerSeconds(), 3)
        + " s\n\n"
        + stages(evaluation.stages());
  }

  private static String stages(List<CostedStage> stages) {
    TextTable table =
        new TextTable(
            List.of(
                "stage",
                "forward [ms]",
                "backward [ms]",
                "weights of that [ms]",
                "weights [GB]",
                "gradients [GB]",
                "optimizer [GB]",
                "activations [GB]",
                "buffers [GB]"));
    for (int s = 0; s < stages.size(); s++) {
      StageTraining passes = stages.get(s).training().orElseThrow();
      MemoryUse memory = stages.get(s).memory();
      MemoryUse.Trained trained = memory.training().orElseThrow();
      table.add(
          List.of(
              Integer.toString(s),
              Figures.millis(passes.forwardSeconds()),
              Figures.millis(passes.backwardSeconds()),
              Figures.millis(passes.weightGradientSeconds()),
              Figures.gigabytes(memory.weightBytes()),
              Figures.gigabytes(trained.gradientBytes()),
              Figures.gigabytes(trained.optimizerBytes()),
              Figures.gigabytes(trained.activationBytes()),
              Figures.gigabytes(memory.bufferBytes())));
    }
    return table.text();
  }
}
