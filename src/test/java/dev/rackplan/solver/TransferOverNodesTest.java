package dev.rackplan.solver;

import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rackplan.ProblemText;
import dev.rackplan.cost.operation.Term;
import dev.rackplan.evaluation.Evaluator;
import dev.rackplan.problem.Problem;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Laws of one node and of several come from different rows, and must still agree in order. */
class TransferOverNodesTest {
  @TempDir private Path folder;

  private double seconds(Term term, int nodes, int gpusPerNode, int sequences) {
    String topology =
        "{\"name\": \"servers\", \"gpu\": \"h100-sxm\", \"racks\": {\"count\": 1, \"domainsPerRack\": "
            + nodes
            + ", \"nodesPerDomain\": 1, \"gpusPerNode\": "
            + gpusPerNode
            + "}}";
    Problem problem =
        ProblemText.decode(
            folder,
            "gpt-oss-20b",
            topology,
            "\"contextTokens\": 1024, \"concurrentSequences\": "
                + sequences
                + ", \"routing\": {\"powerLaw\": {\"alpha\": 0, \"seed\": 1}}",
            false,
            ", \"layout\": {\"replicas\": 1, \"pipelineStages\": 1, \"attentionTensorParallel\": 1, "
                + "\"redundantExperts\": 0, \"expertParallel\": "
                + nodes * gpusPerNode
                + "}");
    return new Evaluator(problem)
        .evaluate(PlanSolver.startPlan(problem).orElseThrow())
        .stages()
        .get(0)
        .terms()
        .of(term);
  }

  @ParameterizedTest
  @CsvSource({"4, 64", "4, 1024", "8, 64", "8, 4096"})
  void transferOverTwoNodes_isNoFasterThanInOne(int gpus, int sequences) {
    for (Term term : new Term[] {Term.DISPATCH, Term.COMBINE}) {
      double one = seconds(term, 1, gpus, sequences);
      double two = seconds(term, 2, gpus / 2, sequences);
      assertTrue(two >= one, term + ": " + two + " s over two nodes, " + one + " s in one");
    }
  }

  @Test
  void transferOverManyNodes_keepsTheLawOfMany() {
    // 8 nodes: three doublings of 4.2 µs and more, above what one node starts with.
    double one = seconds(Term.DISPATCH, 1, 8, 64);
    double eight = seconds(Term.DISPATCH, 8, 1, 64);
    assertTrue(eight > one, eight + " s over eight nodes, " + one + " s in one");
  }
}
