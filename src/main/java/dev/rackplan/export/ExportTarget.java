package dev.rackplan.export;

import dev.rackplan.plan.EngineStart;
import dev.rackplan.plan.Layout;
import dev.rackplan.problem.Degree;
import dev.rackplan.problem.EngineKind;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/** Who takes an export. */
public enum ExportTarget {
  SGLANG("sglang", EngineKind.SGLANG),
  VLLM("vllm", EngineKind.VLLM),
  VLLM_ASCEND("vllm-ascend", EngineKind.VLLM_ASCEND),
  TRTLLM("trtllm", EngineKind.TENSORRT_LLM),
  MEGATRON("megatron", EngineKind.MEGATRON),
  /** NeMo's library on Megatron's core: another launch, the same rules. */
  MEGATRON_BRIDGE("megatron-bridge", EngineKind.MEGATRON),
  TORCHTITAN("torchtitan"),
  SLURM("slurm"),
  KUBERNETES("kubernetes"),
  LLM_D("llm-d", EngineKind.VLLM),
  DYNAMO("dynamo");

  private final String word;
  private final Optional<EngineKind> engine;

  ExportTarget(String word) {
    this.word = word;
    this.engine = Optional.empty();
  }

  ExportTarget(String word, EngineKind engine) {
    this.word = word;
    this.engine = Optional.of(engine);
  }

  /** Its name on the command line and its folder's. */
  public String word() {
    return word;
  }

  /** The engine that takes its files; empty for schedulers, which start some engine. */
  public Optional<EngineKind> engine() {
    return engine;
  }

  /** The target of that name. */
  public static Optional<ExportTarget> of(String word) {
    return Arrays.stream(values()).filter(target -> target.word.equals(word)).findFirst();
  }

  /**
   * Its files, README.md among them.
   *
   * @throws ExportRefusal where it can't express the plan
   */
  public List<ExportedFile> files(Deployment deployment) {
    List<ExportedFile> files = new ArrayList<>();
    String about = write(deployment, files) + addRouter(deployment, files);
    holdFlags(released(deployment), deployment, files);
    files.add(ExportReadme.of(this, deployment, files, release(deployment) + about));
    return files;
  }

  /**
   * Of its files those with expert maps, which a running engine can be given; none where it takes
   * none. vLLM's are those of pull request 41141.
   *
   * @throws ExportRefusal where it can't express the plan's maps
   */
  public List<ExportedFile> maps(Deployment deployment) {
    return switch (this) {
      case SGLANG -> List.of(SglangExport.map(deployment));
      case VLLM -> VllmExport.maps(deployment);
      case VLLM_ASCEND -> List.of(VllmAscendExport.map(deployment));
      case TRTLLM -> List.of(TensorRtExport.balancer(deployment));
      case MEGATRON, MEGATRON_BRIDGE, TORCHTITAN, SLURM, KUBERNETES, LLM_D, DYNAMO -> List.of();
    };
  }

  /**
   * Files that start all pools and what stands before them, README.md among them.
   *
   * @throws ExportRefusal where it can't express one of the plans, or not all together
   */
  public List<ExportedFile> files(ServedPools served) {
    List<ExportedFile> files = new ArrayList<>();
    Deployment last = served.pools().get(served.pools().size() - 1);
    Optional<EngineKind> kind = engine(last);
    kind.ifPresent(engine -> HandOverRules.check(engine, served));
    String about =
        switch (this) {
          case SGLANG, VLLM, VLLM_ASCEND, TRTLLM, MEGATRON, MEGATRON_BRIDGE, TORCHTITAN ->
              PoolsExport.write(this, served, files);
          case SLURM -> SlurmExport.write(served.name(), served.pools(), files);
          case KUBERNETES -> KubernetesExport.write(served.name(), served.pools(), files);
          case LLM_D -> LlmDExport.write(served.name(), served.pools(), files);
          case DYNAMO -> DynamoExport.write(served.name(), served.pools(), files);
        };
    holdFlags(released(last), last, files);
    files.add(ExportReadme.of(this, served, files, release(last) + about));
    return files;
  }

  /** Adds the files of one deployment, alone or as one of several pools; what README says of it. */
  String write(Deployment deployment, List<ExportedFile> files) {
    String about =
        switch (this) {
          case SGLANG -> SglangExport.write(deployment, files);
          case VLLM -> VllmExport.write(deployment, files);
          case VLLM_ASCEND -> VllmAscendExport.write(deployment, files);
          case TRTLLM -> TensorRtExport.write(deployment, files);
          case MEGATRON -> MegatronExport.write(deployment, files);
          case MEGATRON_BRIDGE -> BridgeExport.write(deployment, files);
          case TORCHTITAN -> TorchtitanExport.write(deployment, files);
          case SLURM -> SlurmExport.write(deployment.name(), List.of(deployment), files);
          case KUBERNETES -> KubernetesExport.write(deployment.name(), List.of(deployment), files);
          case LLM_D -> LlmDExport.write(deployment.name(), List.of(deployment), files);
          case DYNAMO -> DynamoExport.write(deployment.name(), List.of(deployment), files);
        };
    engine(deployment).ifPresent(kind -> refuseUnstarted(kind, deployment));
    return about;
  }

  // Several equal instances want someone who deals requests out; in Kubernetes manifests bring it.
  private String addRouter(Deployment deployment, List<ExportedFile> files) {
    Optional<Router> router = this == LLM_D ? Optional.empty() : engine.flatMap(Router::of);
    if (router.isEmpty() || deployment.layout().replicas() == 1) {
      return "";
    }
    files.addAll(router.get().files(router.get().answering(deployment)));
    return "\nRequests go to `"
        + files.get(files.size() - 1).name()
        + "`, which gives each to one of the "
        + deployment.layout().replicas()
        + " instances.\n";
  }

  private Optional<EngineKind> engine(Deployment deployment) {
    return this == KUBERNETES || this == DYNAMO ? deployment.servingEngine() : engine;
  }

  // The release whose parser reads the files.
  private Optional<EngineKind> released(Deployment deployment) {
    return this == MEGATRON_BRIDGE ? Optional.empty() : engine(deployment);
  }

  // A name that the release's parser doesn't know is a fault of ours, not of the plan.
  private static void holdFlags(
      Optional<EngineKind> kind, Deployment deployment, List<ExportedFile> files) {
    if (kind.isEmpty()) {
      return;
    }
    EngineRelease release = EngineRelease.of(kind.get());
    List<KnownFlags> parsers = new ArrayList<>();
    if (!deployment.isForReleaseBefore(release, release.version())) {
      parsers.add(release.flags());
    }
    Router.of(kind.get()).ifPresent(router -> parsers.add(router.flags()));
    for (ExportedFile file : files) {
      boolean arguments =
          release == EngineRelease.MEGATRON
              ? file.name().equals(MegatronExport.ARGUMENTS)
              : file.isExecutable() || file.name().equals(KubernetesExport.MANIFEST);
      for (KnownFlags parser : arguments ? parsers : List.<KnownFlags>of()) {
        parser
            .unknown(file.text())
            .ifPresent(
                flag -> {
                  throw new IllegalStateException(parser.command() + " has no flag " + flag);
                });
      }
    }
  }

  private String release(Deployment deployment) {
    Optional<EngineKind> kind = released(deployment);
    if (kind.isEmpty() || this == DYNAMO) {
      return "";
    }
    EngineRelease release = EngineRelease.of(kind.get());
    String text = "For **" + release.title() + "**, whose own parser knows every flag here.";
    Optional<String> asked =
        deployment
            .problem()
            .engine()
            .version()
            .filter(version -> deployment.problem().engine().kind().equals(kind))
            .filter(version -> !version.equals(release.version()));
    return text
        + asked
            .map(
                version ->
                    " The problem names "
                        + ScriptText.markdown(version)
                        + ": flags that are known to be called otherwise there are, others may differ.")
            .orElse("")
        + "\n";
  }

  static void refuseUnstarted(EngineKind engine, Deployment deployment) {
    Layout layout =
        deployment.hasMaps()
            ? deployment.layout()
            : deployment.layout().with(Degree.REDUNDANT_EXPERTS, 0);
    new EngineStart(deployment.problem())
        .broken(engine, layout)
        .ifPresent(
            broken -> {
              throw new ExportRefusal(
                  "it would not start: " + broken.sentence(),
                  "Solve with this engine under engine.name: then only layouts that it starts are chosen.");
            });
  }
}
