package dev.rackplan.plan;

import dev.rackplan.problem.Degree;
import dev.rackplan.problem.MoeCommunication;
import dev.rackplan.problem.Problem;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The layout that an engine starts where only its main degrees are said: how tokens travel to
 * experts, and over how many GPUs dense FFNs are divided, is not said. The usual way comes first,
 * then what else the engine has.
 */
public final class StartedLayout {
  private static final int NODE_GPUS = 8;
  private static final String TENSORRT = "trtllm";

  private StartedLayout() {}

  /**
   * The first way that starts; empty where none does.
   *
   * @param said the degrees that the row gives, the others neutral
   * @param domainGpus most GPUs that a scale-up domain of this kind joins
   */
  public static Optional<Layout> of(Problem problem, Layout said, int domainGpus) {
    EngineStart engines = new EngineStart(problem);
    boolean sends = problem.engine().lawName().equals(TENSORRT) && tensorRtSends(domainGpus);
    return ways(said, sends).stream()
        .filter(layout -> LayoutRule.firstFault(problem, layout).isEmpty())
        .filter(layout -> engines.broken(layout).isEmpty())
        .findFirst();
  }

  /**
   * Whether TensorRT-LLM, which chooses by itself, sends tokens to the GPUs of their experts: over
   * NVLink of several nodes; it gathers them elsewhere.
   *
   * @param domainGpus of a scale-up domain
   */
  public static boolean tensorRtSends(int domainGpus) {
    return domainGpus > NODE_GPUS;
  }

  /** Why it does not start as the row says it. */
  public static String fault(Problem problem, Layout said) {
    return new EngineStart(problem)
        .fault(said)
        .or(() -> LayoutRule.firstFault(problem, said))
        .orElse("no way of MoE communication and dense tensor parallelism starts");
  }

  // Within a node engines gather unless they are told to send; where a row spans more, they were.
  // Source: vLLM's all2all_backend (allgather_reducescatter), SGLang's moe_a2a_backend (none),
  // TensorRT-LLM's fused MoE, which sends only over multi-node NVLink.
  private static List<MoeCommunication> communications(Layout said, boolean sends) {
    List<MoeCommunication> ways = new ArrayList<>(List.of(MoeCommunication.values()));
    if (!sends && said.tokenGroups() > 1 && said.gpusPerStage() <= NODE_GPUS) {
      ways.remove(MoeCommunication.ALL_GATHER);
      ways.add(0, MoeCommunication.ALL_GATHER);
    }
    return ways;
  }

  private static List<Layout> ways(Layout said, boolean sends) {
    List<Layout> ways = new ArrayList<>();
    for (int dense : List.of(Degree.DENSE_TENSOR_PARALLEL.neutral(), 1, said.gpusPerStage())) {
      for (MoeCommunication way : communications(said, sends)) {
        ways.add(
            said.with(Degree.DENSE_TENSOR_PARALLEL, dense)
                .with(Degree.MOE_COMMUNICATION, way.ordinal()));
      }
    }
    return ways;
  }
}
