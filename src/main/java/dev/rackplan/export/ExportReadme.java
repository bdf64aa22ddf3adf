package dev.rackplan.export;

import dev.rackplan.problem.FormatOrigin;
import dev.rackplan.problem.Precision;
import java.util.List;
import java.util.Optional;

/** The README of an export. */
final class ExportReadme {
  private ExportReadme() {}

  static ExportedFile of(
      ExportTarget target, Deployment deployment, List<ExportedFile> files, String about) {
    return of(target, List.of(deployment), deployment.name(), files, about);
  }

  /** Of several pools. */
  static ExportedFile of(
      ExportTarget target, ServedPools served, List<ExportedFile> files, String about) {
    return of(target, served.pools(), served.name(), files, about);
  }

  private static ExportedFile of(
      ExportTarget target,
      List<Deployment> pools,
      String name,
      List<ExportedFile> files,
      String about) {
    Deployment deployment = pools.get(pools.size() - 1);
    StringBuilder text = new StringBuilder();
    text.append("# ")
        .append(ScriptText.markdown(name))
        .append(" for ")
        .append(target.word())
        .append("\n\n")
        .append(ScriptText.markdown(deployment.problem().model().name()))
        .append(" on ")
        .append(ScriptText.markdown(deployment.problem().topology().name()))
        .append(": ")
        .append(String.join("; ", pools.stream().map(ExportReadme::degrees).toList()))
        .append(". Made by `rackplan export`; make it again rather than edit it.\n\n")
        .append("| file | is |\n|---|---|\n");
    for (ExportedFile file : files) {
      text.append("| `").append(file.name()).append("` | ").append(file.about()).append(" |\n");
    }
    text.append('\n').append(about.strip()).append('\n');
    weights(deployment).ifPresent(line -> text.append('\n').append(line).append('\n'));
    if (!deployment.withExperts() && !deployment.plan().experts().isEmpty()) {
      text.append(
          "\nThe expert placement is left out, as asked for: the engine places experts its own way,"
              + " and the plan's figures do not hold for that.\n");
    }
    if (deployment.hosts().hosts().isEmpty()) {
      text.append(
          "\nHosts are called by their place in the topology. Give `rackplan export` a `--hosts FILE` (CSV with"
              + " columns node, host and, if wanted, clique) to have the cluster's own names.\n");
    }
    return new ExportedFile("README.md", text.toString(), "this file");
  }

  // No flag quantises weights: what is started has the formats of its files.
  private static Optional<String> weights(Deployment deployment) {
    Precision precision = deployment.problem().precision();
    if (deployment.training() || precision.origins().weights() != FormatOrigin.PROBLEM) {
      return Optional.empty();
    }
    return Optional.of(
        "The plan has weights in "
            + precision.weights().key()
            + (deployment.plan().experts().isEmpty()
                ? ""
                : ", experts in " + precision.experts().key())
            + ": `MODEL` is a checkpoint with these formats; nothing here converts weights.");
  }

  private static String degrees(Deployment deployment) {
    var layout = deployment.layout();
    return (deployment.place().word() + " ").stripLeading()
        + layout.replicas()
        + " replica(s) of "
        + layout.pipelineStages()
        + " stage(s) of "
        + layout.gpusPerStage()
        + " GPUs, expert parallel "
        + layout.expertParallel()
        + ", attention tensor parallel "
        + layout.attentionTensorParallel()
        + ", "
        + layout.redundantExperts()
        + " redundant experts";
  }
}
