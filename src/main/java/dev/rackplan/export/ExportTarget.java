package dev.rackplan.export;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/** Who takes an export. */
public enum ExportTarget {
  SGLANG("sglang"),
  VLLM("vllm"),
  VLLM_ASCEND("vllm-ascend"),
  TRTLLM("trtllm"),
  MEGATRON("megatron"),
  SLURM("slurm"),
  KUBERNETES("kubernetes");

  private final String word;

  ExportTarget(String word) {
    this.word = word;
  }

  /** Its name on the command line and its folder's. */
  public String word() {
    return word;
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
    files.add(ExportReadme.of(this, deployment, files, about));
    return files;
  }
}
