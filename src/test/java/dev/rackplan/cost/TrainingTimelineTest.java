package dev.rackplan.cost;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.rackplan.cost.pipeline.PipelineRun;
import dev.rackplan.evaluation.Evaluation;
import dev.rackplan.evaluation.Evaluator;
import dev.rackplan.json.ProblemFile;
import dev.rackplan.json.SolutionFile;
import dev.rackplan.plan.Plan;
import dev.rackplan.problem.Problem;
import java.nio.file.Path;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** On the committed training plans the run's last pass ends when the report says. */
class TrainingTimelineTest {
  private static final double SHARE = 1e-3;

  @ParameterizedTest
  @ValueSource(
      strings = {
        "gpt-22b-training-a100",
        "gpt-3-175b-training-a100",
        "llama-3.1-405b-training-h100",
        "deepseek-v3-training-h800"
      })
  void timeline_endsWithTheSchedule(String name) {
    Problem problem = ProblemFile.read(Path.of("problems", name + ".json"), name);
    Plan plan = SolutionFile.read(Path.of("solutions", name + ".json"), name, problem).plan();
    Evaluation evaluation = new Evaluator(problem).evaluate(plan);
    double said = evaluation.training().orElseThrow().scheduleSeconds();
    PipelineRun run =
        new TrainingCost(problem, plan.layout())
            .run(plan.layout().microBatches(), evaluation.stages());
    double last = run.boxes().stream().mapToDouble(PipelineRun.Box::endSeconds).max().orElseThrow();

    assertEquals(said, run.seconds(), SHARE * said);
    assertEquals(said, last, SHARE * said);
  }
}
