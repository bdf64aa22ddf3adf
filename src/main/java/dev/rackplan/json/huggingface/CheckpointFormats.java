package dev.rackplan.json.huggingface;

import dev.rackplan.json.DtypeName;
import dev.rackplan.json.JsonCursor;
import dev.rackplan.model.Dtype;
import dev.rackplan.model.Layer;
import dev.rackplan.model.Model;
import dev.rackplan.model.MoeFfn;
import dev.rackplan.model.StoredFormats;
import dev.rackplan.model.WeightFormats;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Puts the number formats of a checkpoint to a model's layers: from {@code quantization_config},
 * {@code compression_config}, ModelOpt's {@code hf_quant_config.json}, {@code expert_dtype} and
 * {@code torch_dtype}.
 */
final class CheckpointFormats {
  private final Model model;
  private final Dtype plain;
  private final QuantizationScheme scheme;
  private final ModuleNames names;

  private CheckpointFormats(Model model, Dtype plain, QuantizationScheme scheme) {
    this.model = model;
    this.plain = plain;
    this.scheme = scheme;
    this.names = new ModuleNames(model.architecture(), model.layers().size());
  }

  /**
   * The model as its checkpoint stores it; unchanged where nothing says how.
   *
   * @param root of {@code config.json}
   * @param modelOpt of the {@code hf_quant_config.json} beside it
   */
  static Model of(Model model, JsonCursor root, Optional<JsonCursor> modelOpt) {
    JsonCursor text = root.findNullable("text_config").filter(JsonCursor::isObject).orElse(root);
    Optional<String> dtype = find(root, text, "torch_dtype").or(() -> find(root, text, "dtype"));
    Dtype plain =
        dtype.flatMap(DtypeName::find).filter(found -> found == Dtype.FP16).orElse(Dtype.BF16);
    for (String key : List.of("quantization_config", "compression_config")) {
      Optional<JsonCursor> found =
          root.findNullable(key)
              .or(() -> text.findNullable(key))
              .filter(JsonCursor::isObject)
              .filter(cursor -> !cursor.keys().isEmpty());
      if (found.isPresent()) {
        QuantizationScheme scheme = SchemeReader.read(found.get(), expertDtype(root, text));
        return new CheckpointFormats(model, plain, scheme).stored(key);
      }
    }
    if (modelOpt.isPresent()) {
      JsonCursor file = modelOpt.get();
      QuantizationScheme scheme =
          ModelOptScheme.read(file.findNullable("quantization").orElse(file));
      return new CheckpointFormats(model, plain, scheme).stored("hf_quant_config.json");
    }
    return dtype.isEmpty()
        ? model
        : new CheckpointFormats(model, plain, ofDtype(dtype.get(), expertDtype(root, text)))
            .stored(root.has("dtype") || text.has("dtype") ? "dtype" : "torch_dtype");
  }

  // DeepSeek's own inference code, whose FP8 weights have a scale for 128 x 128 each.
  private static QuantizationScheme ofDtype(String dtype, Optional<Dtype> experts) {
    return DtypeName.find(dtype).filter(found -> found == Dtype.FP8).isPresent()
        ? SchemeReader.fp8Blocks(experts)
        : QuantizationScheme.none(List.of());
  }

  private static Optional<String> find(JsonCursor root, JsonCursor text, String key) {
    return root.findNullable(key)
        .or(() -> text.findNullable(key))
        .filter(JsonCursor::isText)
        .map(JsonCursor::text);
  }

  private static Optional<Dtype> expertDtype(JsonCursor root, JsonCursor text) {
    return find(root, text, "expert_dtype")
        .flatMap(DtypeName::find)
        // DeepSeek-V4 scales its FP4 experts by E8M0 for 32 values each.
        .map(dtype -> dtype == Dtype.FP4 ? Dtype.MXFP4 : dtype);
  }

  private Model stored(String source) {
    List<WeightFormats> layers = new ArrayList<>();
    boolean numbered = scheme.isNumbered();
    Map<List<Object>, WeightFormats> alike = new HashMap<>();
    Map<Dtype, Double> weights = new EnumMap<>(Dtype.class);
    Map<Dtype, Double> experts = new EnumMap<>(Dtype.class);
    for (int i = 0; i < model.layers().size(); i++) {
      int number = i;
      Layer layer = model.layers().get(i);
      WeightFormats formats =
          numbered
              ? formats(i, layer)
              : alike.computeIfAbsent(
                  List.of(layer.attention(), layer.ffn()), kind -> formats(number, layer));
      layers.add(formats);
      double routed = 0;
      if (layer.ffn() instanceof MoeFfn moe) {
        routed = moe.experts() * (double) moe.parametersPerExpert();
        experts.merge(formats.experts(), routed, Double::sum);
      }
      weights.merge(formats.attention(), (double) layer.attention().parameters(), Double::sum);
      weights.merge(formats.ffn(), layer.ffn().parameters() - routed, Double::sum);
    }
    Dtype most = most(weights, plain);
    int last = model.layers().size() - 1;
    return model.storedAs(
        new StoredFormats(
            source,
            most,
            most(experts, most),
            scheme.named(ModuleNames.head()).orElse(plain),
            formats(last + 1, model.layers().get(last)),
            scheme.of(ModuleNames.vision()).orElse(plain),
            scheme.kv(),
            scheme.remark()),
        layers);
  }

  private static Dtype most(Map<Dtype, Double> parameters, Dtype absent) {
    Dtype most = absent;
    double largest = 0;
    for (Map.Entry<Dtype, Double> entry : parameters.entrySet()) {
      if (entry.getValue() > largest) {
        largest = entry.getValue();
        most = entry.getKey();
      }
    }
    return most;
  }

  private WeightFormats formats(int index, Layer layer) {
    return new WeightFormats(
        ofMost(names.attention(index, layer.attention())),
        ofMost(names.ffn(index, layer)),
        ofMost(names.experts(index)));
  }

  // Of most matrices; of as many the first's.
  private Dtype ofMost(List<List<String>> matrices) {
    Map<Dtype, Double> count = new EnumMap<>(Dtype.class);
    Dtype first = scheme.of(matrices.get(0)).orElse(plain);
    count.merge(first, 0.5, Double::sum);
    for (List<String> paths : matrices) {
      count.merge(scheme.of(paths).orElse(plain), 1.0, Double::sum);
    }
    return most(count, first);
  }
}
