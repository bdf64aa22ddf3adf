package dev.rackplan.evaluation;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rackplan.cost.TrainingCase;
import dev.rackplan.plan.Layout;
import dev.rackplan.problem.Degree;
import dev.rackplan.problem.Problem;
import dev.rackplan.workload.PipelineSchedule;
import dev.rackplan.workload.Recompute;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Training judged as a whole. */
class TrainingEvaluationTest {
  @ParameterizedTest
  @EnumSource(PipelineSchedule.class)
  void figures_agreeWithEachOtherAndTheBound(PipelineSchedule schedule) {
    int chunks = schedule == PipelineSchedule.INTERLEAVED ? 2 : 1;
    Problem problem =
        TrainingCase.problem(
            TrainingCase.training(schedule, chunks, Recompute.SELECTIVE, true), 8, 1);
    Layout layout =
        Layout.neutral()
            .with(Degree.REPLICAS, 2)
            .with(Degree.PIPELINE_STAGES, 4)
            .with(Degree.ATTENTION_TENSOR_PARALLEL, 2)
            .with(Degree.MICRO_BATCHES, 16)
            .with(Degree.SEQUENCES_PER_MICRO_BATCH, 2);
    Evaluation evaluation = new Evaluator(problem).evaluate(TrainingCase.plan(problem, layout));
    TrainingFigures figures = evaluation.training().orElseThrow();
    assertTrue(evaluation.feasible(), evaluation.violations().toString());
    assertTrue(evaluation.tpotSeconds().isEmpty() && evaluation.ttftSeconds().isEmpty());
    assertEquals(evaluation.stepSeconds(), figures.stepSeconds());
    // 64 sequences of 100 tokens.
    assertEquals(6400 / figures.stepSeconds(), evaluation.tokensPerSecond(), 1e-3);
    assertEquals(evaluation.tokensPerSecond() / 16, evaluation.tokensPerSecondPerGpu(), 1e-6);
    assertEquals(
        figures.modelFlopsPerToken() * evaluation.tokensPerSecondPerGpu() / 100e12,
        figures.modelFlopsUtilization(),
        1e-12);
    assertTrue(evaluation.boundSeconds() <= evaluation.stepSeconds());
    assertTrue(evaluation.bubbleFraction() >= 0 && evaluation.bubbleFraction() < 0.5);
    assertTrue(figures.exposedCommunicationSeconds() > figures.reductionSeconds());
    assertTrue(figures.exposedCommunicationSeconds() < figures.stepSeconds());
    assertEquals(0, evaluation.memory().kvHeadroomTokens());
  }
}
