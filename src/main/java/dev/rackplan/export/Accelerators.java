package dev.rackplan.export;

import dev.rackplan.plan.EngineGround;
import dev.rackplan.problem.EngineKind;
import dev.rackplan.topology.GpuGeneration;
import dev.rackplan.topology.GpuVendor;
import java.util.Optional;

/**
 * What scripts and manifests call the accelerators of a maker.
 *
 * <p>Source: {@code device_control_env_var} of vLLM's platforms and of its plugins for Gaudi,
 * Ascend and TPU; the makers' device plugins for Kubernetes. vLLM on AMD sets CUDA's variable after
 * HIP's.
 */
enum Accelerators {
  NVIDIA("CUDA_VISIBLE_DEVICES", "nvidia.com/gpu", "deepep"),
  AMD("HIP_VISIBLE_DEVICES", "amd.com/gpu", "mori"),
  INTEL("HABANA_VISIBLE_MODULES", "habana.ai/gaudi", ""),
  HUAWEI("ASCEND_RT_VISIBLE_DEVICES", "huawei.com/Ascend910", "deepep"),
  GOOGLE("TPU_VISIBLE_CHIPS", "google.com/tpu", "");

  private final String variable;
  private final String resource;
  private final String sender;

  Accelerators(String variable, String resource, String sender) {
    this.variable = variable;
    this.resource = resource;
    this.sender = sender;
  }

  /**
   * Those that a plan stands on; NVIDIA's where the topology doesn't say whose they are.
   *
   * @throws ExportRefusal where engines count others than the plan does, or where they are of
   *     several makers
   */
  static Accelerators of(Deployment deployment) {
    refuseSeveralMakers(deployment);
    Optional<GpuGeneration> generation = deployment.gpu().generation();
    GpuVendor vendor = generation.map(GpuGeneration::vendor).orElse(GpuVendor.NVIDIA);
    return switch (vendor) {
      case NVIDIA -> NVIDIA;
      case AMD -> AMD;
      case INTEL -> INTEL;
      case HUAWEI -> HUAWEI;
      case GOOGLE -> ofGoogle(deployment, generation.orElseThrow());
      case AWS ->
          throw new ExportRefusal(
              "engines on Neuron count cores, of which a chip has several; the plan counts chips",
              "Launch it by hand: degrees times the cores of a chip.");
    };
  }

  private static void refuseSeveralMakers(Deployment deployment) {
    EngineGround.fault(deployment.problem().topology(), deployment.plan())
        .ifPresent(
            fault -> {
              throw new ExportRefusal(fault, EngineGround.ONE_MAKER);
            });
  }

  private static Accelerators ofGoogle(Deployment deployment, GpuGeneration generation) {
    if (generation == GpuGeneration.TPU7X) {
      throw new ExportRefusal(
          "engines count two devices of a TPU7x chip; the plan counts chips",
          "Launch it by hand: degrees times two.");
    }
    if (deployment.ranks().launchersOfInstance().size() > 1) {
      throw new ExportRefusal(
          "an instance over several hosts of TPUs is started by Ray, not host by host",
          "Solve for instances of one host, or launch it by hand.");
    }
    return GOOGLE;
  }

  /** The variable that names a process' devices. */
  String variable() {
    return variable;
  }

  /** What a pod asks for. */
  String resource() {
    return resource;
  }

  /** The library that sends tokens to experts, as engines' flags call it; empty for none. */
  String sender() {
    return sender;
  }

  /**
   * The engine's own container image.
   *
   * @throws ExportRefusal where its name depends on the maker's libraries
   */
  String image(EngineKind engine) {
    String version = EngineRelease.of(engine).version();
    if (this == NVIDIA) {
      return (engine == EngineKind.SGLANG ? "lmsysorg/sglang:v" : "vllm/vllm-openai:v") + version;
    }
    if (this == AMD && engine == EngineKind.VLLM) {
      return "vllm/vllm-openai-rocm:v" + version;
    }
    throw new ExportRefusal(
        "which image of " + engine.title() + " runs there depends on the maker's libraries",
        "Name one with --image.");
  }
}
