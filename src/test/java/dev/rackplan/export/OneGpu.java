package dev.rackplan.export;

import dev.rackplan.TinyProblem;
import dev.rackplan.baseline.UsualPlan;
import dev.rackplan.json.ProblemFile;
import dev.rackplan.plan.Layout;
import dev.rackplan.problem.Degree;
import dev.rackplan.problem.Problem;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;

/** A model on one GPU, with one sequence. */
final class OneGpu {
  private OneGpu() {}

  /**
   * The problem {@code one.json}, read from files.
   *
   * @param gpu of the catalogue
   * @param text that names {@code ../topologies/one.json}
   */
  static Problem problem(Path folder, String gpu, String text) {
    TinyProblem tiny = new TinyProblem(folder);
    tiny.write("problems/one.json", text);
    tiny.write(
        "topologies/one.json",
        """
        {"name": "one", "gpu": "GPU",
         "racks": {"count": 1, "domainsPerRack": 1, "nodesPerDomain": 1, "gpusPerNode": 1}}
        """
            .replace("GPU", gpu));
    Path file = folder.resolve("problems/one.json");
    return ProblemFile.read(file, file.toString());
  }

  static Deployment deployment(Problem problem) {
    return new Deployment(
        "one",
        problem,
        UsualPlan.inOrder(problem, Layout.of(Map.of(Degree.SEQUENCES_PER_MICRO_BATCH, 1))),
        HostNames.byPlace(),
        true,
        Optional.empty());
  }
}
