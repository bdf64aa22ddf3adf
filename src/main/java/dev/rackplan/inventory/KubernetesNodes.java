package dev.rackplan.inventory;

import dev.rackplan.json.JsonCursor;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * {@code kubectl get nodes -o json}: labels of GPU feature discovery (NVIDIA) or of the node
 * labeller (AMD), and of topograph, in the words of its releases before and after 1.0.
 *
 * <p>Source: NVIDIA k8s-device-plugin's docs/gpu-feature-discovery; topograph's reference of node
 * labels; AMD's k8s-device-plugin, cmd/k8s-node-labeller; AWS' label of its nearest network node.
 */
final class KubernetesNodes {
  private static final List<String> PRODUCTS =
      List.of("nvidia.com/gpu.product", "amd.com/gpu.product-name");
  private static final List<String> COUNTS = List.of("nvidia.com/gpu.count");
  private static final List<String> CAPACITIES = List.of("nvidia.com/gpu", "amd.com/gpu");
  private static final List<String> DOMAINS =
      List.of(
          "nvidia.com/gpu.clique",
          "accelerator.topograph.run/domain",
          "network.topology.nvidia.com/accelerator",
          "network.topology.nvidia.com/block");
  private static final List<String> LEAVES =
      List.of(
          "fabric.topograph.run/tier-0",
          "network.topology.nvidia.com/leaf",
          "topology.k8s.aws/network-node-layer-3");
  private static final String NO_CLUSTER = "00000000-0000-0000-0000-000000000000";

  private KubernetesNodes() {}

  static List<HostFacts> read(ToolOutput output) {
    JsonCursor root = JsonCursor.parse(output.text(), output.shown());
    List<JsonCursor> items = root.has("items") ? root.get("items").list() : List.of(root);
    List<HostFacts> hosts = new ArrayList<>();
    for (JsonCursor node : items) {
      node.find("kind")
          .filter(kind -> !kind.text().equals("Node"))
          .ifPresent(
              kind -> {
                throw kind.error(
                    "is a " + kind.text() + ", no Node", "Give kubectl get nodes -o json.");
              });
      hosts.add(host(output, node));
    }
    return hosts;
  }

  private static HostFacts host(ToolOutput output, JsonCursor node) {
    JsonCursor metadata = node.get("metadata");
    Optional<JsonCursor> labels = metadata.find("labels");
    Optional<String> product = label(labels, PRODUCTS);
    OptionalInt labelled = count(node, label(labels, COUNTS));
    OptionalInt capacity =
        count(node, node.find("status").flatMap(at -> label(at.find("capacity"), CAPACITIES)));
    if (labelled.isPresent()
        && capacity.isPresent()
        && capacity.getAsInt() != labelled.getAsInt()
        && product.filter(KubernetesNodes::isShared).isEmpty()) {
      throw node.error(
          "says "
              + labelled.getAsInt()
              + " GPUs by its label and "
              + capacity.getAsInt()
              + " by its capacity",
          "A GPU may have failed, or MIG divides it: drain the node, or correct its label.");
    }
    return new HostFacts(
        metadata.text("name"),
        output.shown() + ": " + node.path(),
        labelled.isPresent() ? labelled : OptionalInt.of(capacity.orElse(0)),
        product.map(name -> name.replaceFirst("-(SHARED|MIG-.*)$", "")),
        label(labels, DOMAINS).filter(domain -> !domain.startsWith(NO_CLUSTER)),
        label(labels, LEAVES),
        drained(node));
  }

  // Of GPUs that are divided or shared, capacity counts parts.
  private static boolean isShared(String product) {
    return product.matches(".*-(SHARED|MIG-.*)");
  }

  private static OptionalInt count(JsonCursor node, Optional<String> text) {
    if (text.isEmpty()) {
      return OptionalInt.empty();
    }
    if (!text.get().matches("[0-9]{1,4}")) {
      throw node.error("has " + text.get() + " GPUs", "Give a whole number.");
    }
    return OptionalInt.of(Integer.parseInt(text.get()));
  }

  private static Optional<String> label(Optional<JsonCursor> labels, List<String> keys) {
    return labels.flatMap(
        at ->
            keys.stream()
                .filter(at::has)
                .map(key -> at.get(key).text())
                .filter(value -> !value.isEmpty())
                .findFirst());
  }

  private static Optional<String> drained(JsonCursor node) {
    boolean closed =
        node.find("spec")
            .flatMap(spec -> spec.find("unschedulable"))
            .map(JsonCursor::bool)
            .orElse(false);
    if (closed) {
      return Optional.of("unschedulable");
    }
    Optional<JsonCursor> conditions =
        node.find("status").flatMap(status -> status.find("conditions"));
    if (conditions.isEmpty()) {
      return Optional.empty();
    }
    for (JsonCursor condition : conditions.get().list()) {
      if (condition.text("type").equals("Ready") && !condition.text("status").equals("True")) {
        return Optional.of("not ready");
      }
    }
    return Optional.empty();
  }
}
