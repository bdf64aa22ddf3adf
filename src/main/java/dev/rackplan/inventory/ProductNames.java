package dev.rackplan.inventory;

import dev.rackplan.json.GpuCatalog;
import dev.rackplan.topology.GpuCatalogEntry;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * Accelerators of the catalogue by what drivers and schedulers call them: {@code NVIDIA H100 80GB
 * HBM3}, {@code NVIDIA-GB200}, {@code nvidia_a100-sxm4-80gb}, {@code AMD Instinct MI300X OAM}.
 */
final class ProductNames {
  private static final Pattern NO_WORD = Pattern.compile("[^a-z0-9]+");

  // Names that are not the catalogue's with its aliases; the first that begins so counts.
  private static final List<Map.Entry<Pattern, String>> PRODUCTS =
      List.of(
          product("h100-(80gb-)?pcie", "h100-pcie"),
          product("h100-80gb-hbm2e", "h100-pcie"),
          product("h100-nvl", "h100-nvl"),
          product("h200-nvl", "h200-nvl"),
          product("h20-3e|h20-141gb", "h20-141g"),
          product("a100-sxm4?-40gb|a100-40gb", "a100-40g"),
          product("a100-(sxm4?-)?80gb", "a100-80g"),
          product("gb200", "gb200"),
          product("gb300", "gb300"),
          product("(h100|h200|h800|b200|b300)(-.*)?", "$1-sxm"),
          product("(mi[0-9]{3}x)(-.*)?", "$1"),
          product("rtx-pro-6000.*", "rtx-pro-6000"));

  private final GpuCatalog catalog;

  ProductNames(GpuCatalog catalog) {
    this.catalog = catalog;
  }

  private static Map.Entry<Pattern, String> product(String words, String name) {
    return Map.entry(Pattern.compile("(?:" + words + ")(?![a-z0-9]).*"), name);
  }

  /** The entry that {@code name} means; empty where the catalogue has none. */
  Optional<GpuCatalogEntry> entry(String name) {
    Optional<GpuCatalogEntry> known = catalog.meant(name);
    if (known.isPresent()) {
      return known;
    }
    String words =
        NO_WORD
            .matcher(name.toLowerCase(Locale.ROOT))
            .replaceAll("-")
            .replaceFirst("^-*(nvidia|amd|instinct|graphics|-)+", "");
    for (Map.Entry<Pattern, String> product : PRODUCTS) {
      var found = product.getKey().matcher(words);
      if (found.matches()) {
        String meant =
            product.getValue().contains("$1")
                ? product.getValue().replace("$1", found.group(1))
                : product.getValue();
        return catalog.find(meant);
      }
    }
    return Optional.empty();
  }

  List<String> names() {
    return catalog.names();
  }
}
