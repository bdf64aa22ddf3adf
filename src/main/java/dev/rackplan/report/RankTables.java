package dev.rackplan.report;

import dev.rackplan.cost.operation.Batch;
import dev.rackplan.evaluation.Evaluation;
import dev.rackplan.evaluation.GpuFigures;
import dev.rackplan.plan.ExpertMap;
import dev.rackplan.plan.Layout;
import dev.rackplan.plan.Plan;
import dev.rackplan.plan.Stage;
import dev.rackplan.problem.Problem;
import dev.rackplan.topology.Gpu;
import dev.rackplan.topology.Topology;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;

/** A plan rank by rank as CSV, for operations: where each rank is, and what to expect of it. */
public final class RankTables {
  private RankTables() {}

  /**
   * A row for each GPU: replica, stage, rank in the replica and in the stage, rack, domain, node,
   * GPU, layers, memory of the stage's fullest GPU and what is usable, in GB.
   */
  public static String ranks(Problem problem, Plan plan, Evaluation evaluation) {
    Layout layout = plan.layout();
    Topology topology = problem.topology();
    return CsvText.of(
        table -> {
          table.row(
              "replica",
              "stage",
              "rank",
              "rankInStage",
              "rack",
              "domain",
              "node",
              "gpu",
              "firstLayer",
              "lastLayer",
              "memoryGB",
              "usableGB");
          for (int replica = 0; replica < layout.replicas(); replica++) {
            for (int s = 0; s < plan.stages().size(); s++) {
              Stage stage = plan.stages().get(s);
              List<Integer> gpus = stage.gpusOfInstance(replica, layout.gpusPerStage());
              for (int rank = 0; rank < gpus.size(); rank++) {
                Gpu gpu = topology.gpus().get(gpus.get(rank));
                table.row(
                    replica,
                    s,
                    s * layout.gpusPerStage() + rank,
                    rank,
                    topology.racks().get(gpu.rack()).name(),
                    topology.domains().get(gpu.domain()).name(),
                    topology.nodes().get(gpu.node()).name(),
                    gpu.name(),
                    stage.firstLayer(),
                    stage.lastLayer(),
                    Figures.shortest(evaluation.stages().get(s).memory().bytes() / 1e9),
                    Figures.shortest(evaluation.memory().limitBytes() / 1e9));
              }
            }
          }
        });
  }

  /**
   * A row for each MoE layer and rank of its stage, the same in every replica: the experts it
   * holds, expert choices that it computes per token of the stage and per micro-batch, time of its
   * experts in us, and MB that it receives, for the slowest scenario; last which slice of those
   * experts it holds, and how many GPUs slice them.
   */
  public static String layers(Problem problem, Plan plan, List<GpuFigures> layers) {
    Layout layout = plan.layout();
    double tokens = layers.isEmpty() ? 0 : Batch.of(problem, layout).tokens();
    return CsvText.of(
        table -> {
          table.row(
              "layer",
              "stage",
              "rankInStage",
              "experts",
              "choicesPerToken",
              "choicesPerMicroBatch",
              "expertMicros",
              "receivedMB",
              "scenario",
              "slice",
              "slices");
          for (GpuFigures figures : layers) {
            ExpertMap map = plan.experts().get(figures.layer());
            for (int rank = 0; rank < layout.gpusPerStage(); rank++) {
              int host = layout.expertHostOf(rank);
              table.row(
                  figures.layer(),
                  figures.stage(),
                  rank,
                  experts(map, host),
                  Figures.shortest(figures.gpus().load().get(host)),
                  Figures.shortest(figures.gpus().load().get(host) * tokens),
                  Figures.shortest(figures.gpus().expertSeconds().get(host) * 1e6),
                  Figures.shortest(figures.gpus().receivedBytes().get(host) / 1e6),
                  figures.scenario(),
                  layout.expertSliceOf(rank),
                  layout.gpusPerExpertHost());
            }
          }
        });
  }

  private static String experts(ExpertMap map, int host) {
    return Arrays.stream(map.expertsOf(host))
        .mapToObj(String::valueOf)
        .collect(Collectors.joining(" "));
  }
}
