package dev.rackplan.generated;

import dev.rackplan.json.JsonCursor;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Pattern;

/** Other ways to put the same question, which must have the same answer. */
final class Notations {
  // Formats of experts whose tokens engines quantise before they send them.
  private static final Set<String> SENT_NARROW = Set.of("fp8", "fp8_block", "fp8_tensor", "int8");

  // Numbers that need not be whole.
  private static final Set<String> REAL =
      Set.of(
          "contextTokens",
          "contextTokensP99",
          "contextVariation",
          "queryTokens",
          "acceptedTokens",
          "cachedTokens",
          "chunkTokens",
          "inputTokens",
          "outputTokens",
          "requestsPerSecond",
          "globalBatchTokens",
          "optimizerBytesPerParameter",
          "alpha",
          "weight",
          "holdOut",
          "caution",
          "skew",
          "affinity",
          "tpotMillis",
          "ttftMillis",
          "memoryReserve",
          "hbmGB",
          "hbmGiB",
          "hbmBytes",
          "hbmTBps",
          "planningTBps",
          "bf16Tflops",
          "fp8Tflops",
          "fp4Tflops",
          "int8Tflops",
          "computeEfficiency",
          "memoryEfficiency",
          "kernelMicros",
          "usdPerHour",
          "bandwidthGBps",
          "latencyMicros",
          "efficiency",
          "nicGBps",
          "domainUplinkGBps",
          "oversubscription");

  private Notations() {}

  static Optional<String> rewritten(Trial trial) {
    return compared(trial, trial.other("notation", rewritten(trial.problem())));
  }

  static Optional<String> renamed(Trial trial) {
    return compared(trial, trial.other("names", renamed(trial.problem())));
  }

  private static Optional<String> compared(Trial trial, Trial other) {
    int code = trial.solve().run().exitCode();
    if (other.solve().run().exitCode() != code) {
      return Optional.of(
          "exit code is "
              + other.solve().run().exitCode()
              + " instead of "
              + code
              + ": "
              + other.solve().run().err().lines().limit(2).toList());
    }
    for (int i = 0; i < trial.solve().solutions().size(); i++) {
      Object one = canonical(trial, trial.solve().solutions().get(i));
      Object two = canonical(other, other.solve().solutions().get(i));
      if (!one.equals(two)) {
        return Optional.of(difference(one, two, "solution"));
      }
    }
    return Optional.empty();
  }

  // A solution whose parts of the cluster have their numbers for names.
  private static Object canonical(Trial trial, Trial.Solution solution) {
    Map<String, String> numbers = new TreeMap<>();
    for (Cluster.Node node :
        Cluster.of(trial.problem().object(GeneratedProblem.TOPOLOGY)).nodes()) {
      numbers.putIfAbsent(node.rack(), "rack#" + numbers.size());
      numbers.putIfAbsent(node.rack() + "/" + node.domain(), "domain#" + numbers.size());
      numbers.putIfAbsent(node.fullName(), "node#" + numbers.size());
    }
    List<String> longestFirst = new ArrayList<>(numbers.keySet());
    longestFirst.sort((a, b) -> b.length() - a.length());
    // The order of names must not matter: number them by where they stand.
    Map<String, String> places = new TreeMap<>();
    for (Cluster.Node node :
        Cluster.of(trial.problem().object(GeneratedProblem.TOPOLOGY)).nodes()) {
      for (String name : List.of(node.rack(), node.rack() + "/" + node.domain(), node.fullName())) {
        places.putIfAbsent(name, "part#" + places.size());
      }
    }
    String text =
        solution.text().replaceAll("\"inputSha256\": \"[0-9a-f]+\"", "\"inputSha256\": \"\"");
    for (String name : longestFirst) {
      text =
          text.replaceAll(
              "(?<![A-Za-z0-9._#-])" + Pattern.quote(name) + "(?![A-Za-z0-9_#-])",
              places.get(name));
    }
    return JsonCursor.parse(text, "solution").tree();
  }

  /** The first difference of two trees, in words. */
  static String difference(Object one, Object other, String path) {
    if (one instanceof Map<?, ?> a && other instanceof Map<?, ?> b) {
      for (Object key : a.keySet()) {
        if (!Objects.equals(a.get(key), b.get(key))) {
          return difference(a.get(key), b.get(key), path + "." + key);
        }
      }
      return path + " has the keys " + a.keySet() + " or " + b.keySet();
    }
    if (one instanceof List<?> a && other instanceof List<?> b && a.size() == b.size()) {
      for (int i = 0; i < a.size(); i++) {
        if (!a.get(i).equals(b.get(i))) {
          return difference(a.get(i), b.get(i), path + "[" + i + "]");
        }
      }
    }
    return path + " is " + one + " or " + other;
  }

  /** The problem on the same cluster whose parts all have other names, in another order. */
  static GeneratedProblem renamed(GeneratedProblem problem) {
    GeneratedProblem renamed = problem.copy();
    Map<String, Object> topology = renamed.object(GeneratedProblem.TOPOLOGY);
    Cluster cluster = Cluster.of(topology);
    Map<String, String> names = new TreeMap<>();
    for (Cluster.Node node : cluster.nodes()) {
      for (String name : List.of(node.rack(), node.domain(), node.node())) {
        names.putIfAbsent(name, "q" + (999 - names.size()));
      }
    }
    topology.put("racks", cluster.spelledOut(names::get));
    topology.remove("gpu");
    List<Object> drained = new ArrayList<>();
    for (Object name : (List<?>) topology.getOrDefault("drained", List.of())) {
      List<String> components = new ArrayList<>();
      for (String component : ((String) name).split("/", -1)) {
        components.add(names.getOrDefault(component, component));
      }
      drained.add(String.join("/", components));
    }
    topology.put("drained", drained);
    return renamed;
  }

  /** The same problem with keys in another order, defaults written out, parts spelled out. */
  static GeneratedProblem rewritten(GeneratedProblem problem) {
    GeneratedProblem other = merged(problem).copy();
    Map<String, Object> topology = other.object(GeneratedProblem.TOPOLOGY);
    if (topology.containsKey("racks")) {
      topology.put("racks", Cluster.of(topology).spelledOut(name -> name));
      topology.remove("gpu");
      topology.putIfAbsent("drained", new ArrayList<>());
      toggle(topology, "description");
      if (topology.containsKey("scaleOut")) {
        GeneratedProblem.at(topology, "scaleOut").putIfAbsent("rails", 1);
      }
    }
    Map<String, Object> model = other.object(GeneratedProblem.MODEL);
    if (model.get("layers") instanceof List<?> groups) {
      List<Object> layers = new ArrayList<>();
      spellOut(groups, layers);
      model.put("layers", layers);
    }
    Map<String, Object> question = other.object(GeneratedProblem.PROBLEM);
    toggle(question, "description");
    defaults(question, model.containsKey("formats"));
    laws(other, question, topology);
    Draw draw = new Draw(7);
    other
        .files()
        .replaceAll(
            (name, content) -> name.startsWith("c/") ? content : draw.shuffled(asReal(content)));
    return other;
  }

  /** Without a base: all keys in one file. */
  static GeneratedProblem merged(GeneratedProblem problem) {
    GeneratedProblem merged = problem.copy();
    if (!merged.files().containsKey(GeneratedProblem.BASE)) {
      return merged;
    }
    Map<String, Object> base = merged.object(GeneratedProblem.BASE);
    Map<String, Object> derived = merged.object(GeneratedProblem.PROBLEM);
    Map<String, Object> set = GeneratedProblem.at(derived, "set");
    set.forEach(
        (dotted, value) -> {
          Map<String, Object> at = base;
          String[] keys = dotted.split("\\.", -1);
          for (int i = 0; i + 1 < keys.length; i++) {
            at = GeneratedProblem.at(at, keys[i]);
          }
          at.put(keys[keys.length - 1], value);
        });
    merged.files().remove(GeneratedProblem.BASE);
    merged.files().put(GeneratedProblem.PROBLEM, base);
    return merged;
  }

  private static void toggle(Map<String, Object> object, String key) {
    if (object.remove(key) == null) {
      object.put(key, "Written otherwise.");
    }
  }

  private static void spellOut(List<?> groups, List<Object> layers) {
    for (Object item : groups) {
      Map<?, ?> group = (Map<?, ?>) item;
      boolean nested = group.containsKey("repeat");
      Object count = group.get(nested ? "repeat" : "count");
      for (int n = count == null ? 1 : Shapes.number(count); n > 0; n--) {
        if (nested) {
          spellOut((List<?>) group.get("layers"), layers);
        } else {
          Map<String, Object> layer = new LinkedHashMap<>();
          group.forEach((key, value) -> layer.put((String) key, GeneratedProblem.copy(value)));
          layer.remove("count");
          layer.putIfAbsent("norms", 2);
          layers.add(layer);
        }
      }
    }
  }

  private static void defaults(Map<String, Object> question, boolean stored) {
    question.putIfAbsent("objective", "throughput");
    Map<String, Object> engine = GeneratedProblem.at(question, "engine");
    // A name says which rule of memory holds where no reserve is given, so neither has a default.
    if (!engine.containsKey("name")) {
      GeneratedProblem.at(question, "limits").putIfAbsent("memoryReserve", 0.1);
    }
    engine.putIfAbsent("hybridAllocator", true);
    engine.putIfAbsent("dispatchRule", "even");
    engine.putIfAbsent("twoBatchOverlap", false);
    Map<String, Object> precision = GeneratedProblem.at(question, "precision");
    precision.putIfAbsent("combine", "bf16");
    if (!stored) {
      precision.putIfAbsent("weights", "bf16");
      precision.putIfAbsent("kv", "bf16");
      precision.putIfAbsent("experts", precision.get("weights"));
      if (!SENT_NARROW.contains(String.valueOf(precision.get("experts")))) {
        precision.putIfAbsent("dispatch", "bf16");
      }
    }
    Map<String, Object> workload = GeneratedProblem.at(question, "workload");
    String phase = String.valueOf(workload.get("phase"));
    engine.putIfAbsent("copyRule", phase.equals("training") ? "perExpert" : "perGpu");
    if (!phase.equals("training")) {
      workload.putIfAbsent("contextVariation", 0);
    } else {
      Map<String, Object> wide = GeneratedProblem.at(precision, "wideLayers");
      wide.putIfAbsent("first", 0);
      wide.putIfAbsent("last", 0);
    }
    boolean drafts = workload.containsKey("drafts");
    if (!drafts && (phase.equals("decode") || phase.equals("serving"))) {
      workload.putIfAbsent("queryTokens", 1);
      workload.putIfAbsent("acceptedTokens", 1);
    }
    if (phase.equals("prefill") || phase.equals("serving")) {
      workload.putIfAbsent("cachedTokens", 0);
    }
    if (workload.containsKey("training")) {
      training(workload);
    }
    if (workload.containsKey("routing")) {
      GeneratedProblem.at(workload, "routing").putIfAbsent("caution", 0.5);
      GeneratedProblem.at(workload, "routing").putIfAbsent("over", "mean");
    }
    if (question.containsKey("layout") && !phase.equals("serving")) {
      GeneratedProblem.at(question, "layout")
          .replaceAll(
              (key, value) ->
                  // "open" is no value but that there are all.
                  value instanceof List<?> || value.equals("open")
                      ? value
                      : new ArrayList<>(List.of(value)));
    }
  }

  // A topology's laws speak as a problem's where that has none of its own.
  private static void laws(
      GeneratedProblem other, Map<String, Object> question, Map<String, Object> topology) {
    if (topology.containsKey("laws") && !question.containsKey("laws")) {
      question.put("laws", topology.remove("laws"));
    }
    for (String file : List.of(GeneratedProblem.LAWS, GeneratedProblem.CLUSTER_LAWS)) {
      Map<String, Object> laws = other.object(file);
      if (laws.get("gpus") instanceof List<?> gpus) {
        toggle(laws, "description");
        for (Object gpu : gpus) {
          if (((Map<?, ?>) gpu).get("cells") instanceof List<?> cells) {
            cells.forEach(Notations::lawDefaults);
          }
        }
      }
    }
  }

  @SuppressWarnings("unchecked")
  private static void lawDefaults(Object cell) {
    Map<String, Object> law = (Map<String, Object>) cell;
    if (law.get("format") != null) {
      law.putIfAbsent("cache", law.get("format"));
    }
    law.putIfAbsent("variant", new LinkedHashMap<String, Object>());
  }

  private static void training(Map<String, Object> workload) {
    Map<String, Object> training = GeneratedProblem.at(workload, "training");
    training.putIfAbsent("schedule", "1f1b");
    training.putIfAbsent("recompute", "selective");
    training.putIfAbsent("fusedAttention", true);
    training.putIfAbsent("sequenceParallel", true);
    training.putIfAbsent("reversible", false);
    training.putIfAbsent("optimizerBytesPerParameter", 12);
    training.putIfAbsent("zeroStage", 1);
    training.putIfAbsent("gradients", "fp32");
    training.putIfAbsent("activations", "bf16");
    training.putIfAbsent("overlapGradientReduction", false);
    training.putIfAbsent("loss", "divided");
    training.putIfAbsent("overlapExperts", false);
    training.putIfAbsent("widenGradients", false);
    training.putIfAbsent("broadcastWeights", false);
    training.putIfAbsent("gatherSingly", false);
    Object sequences = training.remove("globalBatchSequences");
    if (sequences instanceof Number count
        && workload.get("contextTokens") instanceof Number context) {
      training.put("globalBatchTokens", count.longValue() * context.doubleValue());
    }
  }

  // Whole values of keys that take others, with a point.
  private static Object asReal(Object tree) {
    if (tree instanceof Map<?, ?> map) {
      Map<String, Object> real = new LinkedHashMap<>();
      map.forEach(
          (key, value) ->
              real.put(
                  (String) key,
                  value instanceof Number number && REAL.contains(key)
                      ? (Object) number.doubleValue()
                      : asReal(value)));
      return real;
    }
    if (tree instanceof List<?> list) {
      List<Object> items = new ArrayList<>();
      list.forEach(item -> items.add(asReal(item)));
      return items;
    }
    return tree;
  }
}
