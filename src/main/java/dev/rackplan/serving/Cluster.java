package dev.rackplan.serving;

import dev.rackplan.cost.placement.ProblemRouting;
import dev.rackplan.problem.EngineKind;
import dev.rackplan.problem.Problem;
import dev.rackplan.topology.GpuCatalogEntry;
import dev.rackplan.topology.GpuVendor;
import dev.rackplan.topology.LinkSpec;
import dev.rackplan.topology.Topology;
import dev.rackplan.topology.TopologyBuilder;
import java.util.List;

/**
 * Equal GPUs in domains of their usual size, and what is asked of a decode step on them.
 *
 * @param gpu kind of all of them
 * @param gpus how many
 * @param decode the question of a decode step, on any topology of these GPUs
 * @param routing of that question, mixed once
 * @param promptsAlone whether they are there for prompts and nothing else
 */
public record Cluster(
    GpuCatalogEntry gpu, int gpus, Problem decode, ProblemRouting routing, boolean promptsAlone) {
  // Domains of more than that are racks of trays with four GPUs each, as GB200 NVL72, of which a
  // part may be asked about. Of other makers' domains the same is assumed.
  private static final int LARGEST_NODE = 8;
  private static final int TRAY = 4;

  /** For prompts and decode. */
  public static Cluster of(GpuCatalogEntry gpu, int gpus, Problem decode) {
    return new Cluster(gpu, gpus, decode, ProblemRouting.of(decode), false);
  }

  /** For prompts alone. */
  public static Cluster ofPrompts(GpuCatalogEntry gpu, int gpus, Problem decode) {
    return new Cluster(gpu, gpus, decode, ProblemRouting.of(decode), true);
  }

  /** Whose rules its layouts keep: SGLang's where the question names none. */
  EngineKind engine() {
    return EngineKind.of(decode.engine().name()).orElse(EngineKind.SGLANG);
  }

  /** GPUs of a host, or of a tray: what is lost together. */
  public int nodeGpus() {
    return nodeGpus(gpu, Math.min(gpus, gpu.scaleUpDomainGpus()));
  }

  /** The same of a domain of so many of these GPUs; its last host may have fewer. */
  public static int nodeGpus(GpuCatalogEntry gpu, int domain) {
    boolean racks =
        gpu.scaleUpDomainGpus() > LARGEST_NODE
            && gpu.spec()
                .vendor()
                .filter(maker -> maker == GpuVendor.NVIDIA || maker == GpuVendor.AMD)
                .isPresent();
    boolean trays = racks || domain > LARGEST_NODE && domain % TRAY == 0;
    return trays ? Math.min(TRAY, domain) : domain;
  }

  /** Likewise of another number of GPUs. */
  Cluster withGpus(int other) {
    return new Cluster(gpu, other, decode, routing, promptsAlone);
  }

  /** A part of it: so many GPUs in each of some domains. */
  Topology part(List<Integer> perDomain) {
    return TopologyBuilder.domains(gpu.name(), gpu, perDomain);
  }

  /** What a GPU sends KV caches over. */
  public LinkSpec link() {
    return gpus <= gpu.scaleUpDomainGpus() ? gpu.scaleUp() : gpu.nic();
  }
}
