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
  private CatalogText() {}

  public static String models(List<Model> models) {
    TextTable table =
        new TextTable(
            List.of(
                "model",
                "parameters [1e9]",
                "active [1e9]",
                "KV bf16 [bytes/token]",
                "layers",
                "experts",
                "experts/token"));
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
    return table.text();
  }

  public static String gpus(List<GpuCatalogEntry> gpus) {
    TextTable table =
        new TextTable(
            List.of(
                "GPU",
                "HBM [GB]",
                "HBM [TB/s]",
                "plans [GB]",
                "bf16 [TFLOP/s]",
                "fp8 [TFLOP/s]",
                "fp4 [TFLOP/s]",
                "drain [ms]",
                "domain [GPUs]",
                "price [USD/h]"));
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
    return table.text();
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
