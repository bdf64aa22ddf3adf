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
  SLURM("slurm"),
  KUBERNETES("kubernetes");

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
    String about =
        switch (this) {
          case SGLANG -> SglangExport.write(deployment, files);
          case VLLM -> VllmExport.write(deployment, files);
          case VLLM_ASCEND -> VllmAscendExport.write(deployment, files);
          case TRTLLM -> TensorRtExport.write(deployment, files);
          case MEGATRON -> MegatronExport.write(deployment, files);
          case SLURM -> SlurmExport.write(deployment, files);
          case KUBERNETES -> KubernetesExport.write(deployment, files);
        };
    engine(deployment).ifPresent(kind -> refuseUnstarted(kind, deployment));
    engine(deployment)
        .map(EngineRelease::of)
        .filter(release -> !deployment.isForReleaseBefore(release, release.version()))
        .ifPresent(release -> holdFlags(release, files));
    files.add(ExportReadme.of(this, deployment, files, release(deployment) + about));
    return files;
  }

  private Optional<EngineKind> engine(Deployment deployment) {
    return this == KUBERNETES ? deployment.servingEngine() : engine;
  }

  // A name that the release's parser doesn't know is a fault of ours, not of the plan.
  private static void holdFlags(EngineRelease release, List<ExportedFile> files) {
    for (ExportedFile file : files) {
      boolean arguments =
          release == EngineRelease.MEGATRON
              ? file.name().equals(MegatronExport.ARGUMENTS)
              : file.isExecutable() || file.name().equals(KubernetesExport.MANIFEST);
      if (arguments) {
        release
            .unknownFlag(file.text())
            .ifPresent(
                flag -> {
                  throw new IllegalStateException(release.title() + " has no flag " + flag);
                });
      }
    }
  }

  private String release(Deployment deployment) {
    Optional<EngineKind> kind = engine(deployment);
    if (kind.isEmpty()) {
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
                        + version
                        + ": flags that are known to be called otherwise there are, others may differ.")
            .orElse("")
        + "\n";
  }

  private static void refuseUnstarted(EngineKind engine, Deployment deployment) {
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
