package dev.rackplan.report;

import dev.rackplan.model.Dtype;
import dev.rackplan.model.Layer;
import dev.rackplan.model.Model;
import dev.rackplan.model.MoeFfn;
import dev.rackplan.topology.GpuCatalogEntry;
import dev.rackplan.topology.GpuSpec;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.TreeMap;
import java.util.function.ToIntFunction;

/** Models and accelerators of the catalogue as plain values. */
public final class CatalogTree {
  private CatalogTree() {}

  /**
   * A model: {@code name}, {@code architecture}, {@code parameters}, {@code activeParameters},
   * {@code kvBytesPerToken} and {@code indexBytesPerToken} (both BF16), {@code layers}, {@code
   * nextTokenLayers} and {@code nextTokenParameters} (which draft, beside the model), {@code
   * experts} and {@code expertsPerToken} (0 for dense models), {@code attentionLayers} by kind,
   * {@code towerParameters} (vision and audio parts, 0 without), {@code notes} of its reader,
   * {@code formats} of the checkpoint in words.
   */
  public static Map<String, Object> of(Model model) {
    Map<String, Object> tree = new LinkedHashMap<>();
    tree.put("name", model.name());
    tree.put("architecture", model.architecture());
    tree.put("parameters", model.parameters());
    tree.put("activeParameters", model.activeParameters());
    tree.put("kvBytesPerToken", whole(model.kvBytesPerToken(Dtype.BF16)));
    tree.put("indexBytesPerToken", whole(model.indexBytesPerToken(Dtype.BF16)));
    tree.put("layers", model.layers().size());
    tree.put("nextTokenLayers", model.nextTokenLayers().size());
    tree.put("nextTokenParameters", model.nextTokenParameters());
    model.contextLimit().ifPresent(limit -> tree.put("maxContext", limit.longest()));
    tree.put("experts", most(model, MoeFfn::experts));
    tree.put("expertsPerToken", most(model, MoeFfn::expertsPerToken));
    Map<String, Object> kinds = new TreeMap<>();
    for (Layer layer : model.layers()) {
      kinds.merge(layer.attention().kind(), 1, (a, b) -> (Integer) a + (Integer) b);
    }
    tree.put("attentionLayers", kinds);
    tree.put("towerParameters", model.input().towerParameters());
    tree.put("notes", model.notes());
    tree.put("formats", FormatsText.of(model).orElse("weights bf16 (default)"));
    return tree;
  }

  static int most(Model model, ToIntFunction<MoeFfn> figure) {
    return model.moeLayers().stream()
        .mapToInt(layer -> figure.applyAsInt(model.moe(layer).orElseThrow()))
        .max()
        .orElse(0);
  }

  private static Object whole(double value) {
    // The conditional must not promote the Long to a Double.
    return value == Math.rint(value) ? (Object) (long) value : (Object) value;
  }

  /**
   * An accelerator, with the units of topology files in the keys: {@code hbmGB}, {@code hbmTBps}
   * and {@code drainMillis} are the data sheet's, {@code hbmBytes} and {@code planningTBps} are
   * what plans reckon with; {@code basis} says where each of its file's numbers comes from.
   */
  public static Map<String, Object> of(GpuCatalogEntry gpu) {
    GpuSpec spec = gpu.spec();
    Map<String, Object> tree = new LinkedHashMap<>();
    tree.put("name", gpu.name());
    tree.put("vendor", gpu.vendor());
    spec.generation().ifPresent(generation -> tree.put("generation", generation.key()));
    tree.put("hbmGB", spec.datasheet().bytes() / 1e9);
    tree.put("hbmTBps", spec.datasheet().bytesPerSecond() / 1e12);
    tree.put("hbmBytes", whole(spec.hbmBytes()));
    tree.put("planningTBps", spec.hbmBytesPerSecond() / 1e12);
    put(tree, "bf16Tflops", spec.peakFlops().bf16(), 1e12);
    put(tree, "fp8Tflops", spec.peakFlops().fp8(), 1e12);
    put(tree, "fp4Tflops", spec.peakFlops().fp4(), 1e12);
    put(tree, "int8Tflops", spec.peakFlops().int8(), 1e12);
    tree.put("formats", new GpuFormatsTable(spec).tree());
    tree.put("drainMillis", spec.datasheet().drainSeconds() * 1e3);
    tree.put("scaleUpDomainGpus", gpu.scaleUpDomainGpus());
    tree.put("scaleUpGBps", gpu.scaleUp().bandwidthBytesPerSecond() / 1e9);
    tree.put("nicGBps", gpu.nic().bandwidthBytesPerSecond() / 1e9);
    put(tree, "usdPerHour", spec.usdPerHour(), 1);
    gpu.priceBasis().ifPresent(basis -> tree.put("priceBasis", basis));
    Map<String, Object> basis = new TreeMap<>();
    gpu.basis().forEach((key, kind) -> basis.put(key, kind.name().toLowerCase(Locale.ROOT)));
    tree.put("basis", basis);
    gpu.note().ifPresent(note -> tree.put("note", note));
    tree.put("sources", gpu.sources());
    return tree;
  }

  private static void put(Map<String, Object> tree, String key, OptionalDouble value, double unit) {
    value.ifPresent(number -> tree.put(key, number / unit));
  }
}
