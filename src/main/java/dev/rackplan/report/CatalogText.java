package dev.rackplan.report;

import dev.rackplan.model.Dtype;
import dev.rackplan.model.Model;
import dev.rackplan.model.MoeFfn;
import dev.rackplan.topology.DatasheetMemory;
import dev.rackplan.topology.GpuCatalogEntry;
import dev.rackplan.topology.PeakFlops;
import java.util.List;
import java.util.OptionalDouble;

/** Models and accelerators of the catalogue as tables. */
public final class CatalogText {
  private static final int COLUMNS = 80;

  private CatalogText() {}

  /** One line a model; parameters with those of vision and audio parts. */
  public static String models(List<Model> models) {
    TextTable table =
        new TextTable(
            List.of("model", "weights", "active", "KV bytes", "layers", "experts", "chosen"));
    for (Model model : models) {
      table.add(
          List.of(
              model.name(),
              Figures.fixed(model.parameters() / 1e9, 2),
              Figures.fixed(model.activeParameters() / 1e9, 2),
              Figures.fixed(model.kvBytesPerToken(Dtype.BF16), 0),
              Integer.toString(model.layers().size()),
              count(CatalogTree.most(model, MoeFfn::experts)),
              count(CatalogTree.most(model, MoeFfn::expertsPerToken))));
    }
    return "Weights in 1e9 parameters; KV bytes a token in BF16; experts a layer, chosen a\n"
        + "token.\n"
        + table.text();
  }

  /** What a model's reader has to say, and its vision and audio part; lines of 80 columns. */
  public static String notes(Model model) {
    StringBuilder text = new StringBuilder();
    long towers = model.input().towerParameters();
    if (towers > 0) {
      text.append("Of the weights vision and audio: ")
          .append(Figures.fixed(towers / 1e9, 2))
          .append('\n');
    }
    model.notes().forEach(note -> text.append(wrapped(note)));
    return text.toString();
  }

  private static String wrapped(String sentence) {
    StringBuilder text = new StringBuilder();
    int column = 0;
    for (String word : sentence.split(" ")) {
      if (column > 0 && column + 1 + word.length() > COLUMNS) {
        text.append('\n');
        column = 0;
      }
      text.append(column > 0 ? " " : "").append(word);
      column += (column > 0 ? 1 : 0) + word.length();
    }
    return text.append('\n').toString();
  }

  public static String gpus(List<GpuCatalogEntry> gpus) {
    TextTable table =
        new TextTable(
            List.of(
                "GPU", "HBM GB", "TB/s", "plan GB", "bf16", "fp8", "fp4", "drain", "domain",
                "USD/h"));
    for (GpuCatalogEntry gpu : gpus) {
      PeakFlops peak = gpu.spec().peakFlops();
      DatasheetMemory memory = gpu.spec().datasheet();
      table.add(
          List.of(
              gpu.name(),
              Figures.fixed(memory.bytes() / 1e9, 1),
              Figures.fixed(memory.bytesPerSecond() / 1e12, 2),
              Figures.fixed(gpu.spec().hbmBytes() / 1e9, 1),
              tera(peak.bf16()),
              tera(peak.fp8()),
              tera(peak.fp4()),
              Figures.fixed(memory.drainSeconds() * 1e3, 1),
              Integer.toString(gpu.scaleUpDomainGpus()),
              Figures.fixed(gpu.spec().usdPerHour(), 2)));
    }
    return "HBM as sold and as plans count it; bf16, fp8, fp4 in TFLOP/s, dense; drain: ms\n"
        + "to read all of HBM; domain: GPUs in one scale-up domain.\n"
        + table.text();
  }

  /** What one accelerator makes of each number format. */
  public static String formats(GpuCatalogEntry gpu) {
    return new GpuFormatsTable(gpu.spec()).text();
  }

  private static String count(int value) {
    return value == 0 ? Figures.NONE : Integer.toString(value);
  }

  private static String tera(OptionalDouble flops) {
    return flops.isPresent() ? Figures.fixed(flops.getAsDouble() / 1e12, 0) : Figures.NONE;
  }
}
