package dev.rackplan.json;

import dev.rackplan.topology.GpuCatalogEntry;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Accelerators by what drivers and schedulers call them: {@code NVIDIA H100 80GB HBM3}, {@code
 * NVIDIA-GB200}, {@code nvidia_a100-sxm4-80gb}, {@code AMD Instinct MI300X OAM}.
 */
public final class DeviceNames {
  private static final Pattern NO_WORD = Pattern.compile("[^a-z0-9]+");
  private static final Pattern VENDOR = Pattern.compile("^(?:(?:nvidia|amd|instinct|graphics)-)+");

  // Names that are not the catalogue's with its aliases; the first that begins so counts. Cards for
  // PCIe slots have other clocks and links than the modules that their names begin like.
  private static final List<Map.Entry<Pattern, String>> PRODUCTS =
      List.of(
          product("h100-(80gb-)?pcie", "h100-pcie"),
          product("h100-80gb-hbm2e", "h100-pcie"),
          product("h100-nvl", "h100-nvl"),
          product("h200-nvl", "h200-nvl"),
          product("h20-3e|h20-141gb", "h20-141g"),
          product("h20", "h20-96g"),
          product("a100-(sxm4?-)?40gb", "a100-40g"),
          product("a100-(sxm4?-)?80gb", "a100-80g"),
          product("gb200", "gb200"),
          product("gb300", "gb300"),
          product("(h100|h200|h800|b200|b300)", "$1-sxm"),
          product("rtx-pro-6000", "rtx-pro-6000"));

  private static final Pattern INSTINCT = Pattern.compile("(?:^|.*-)(mi[0-9]+[a-z]*)(?:-.*|$)");

  private final GpuCatalog catalog;

  public DeviceNames(GpuCatalog catalog) {
    this.catalog = catalog;
  }

  // A name that begins with those words and is of no PCIe card, unless they say so.
  private static Map.Entry<Pattern, String> product(String words, String name) {
    return Map.entry(Pattern.compile("(?:" + words + ")(?![a-z0-9])(?:(?!.*\\bpcie\\b).*)?"), name);
  }

  /** A name in lower case, with one dash for whatever is no letter or digit. */
  public static String words(String name) {
    String words = NO_WORD.matcher(name.toLowerCase(Locale.ROOT)).replaceAll("-");
    return words.replaceAll("^-|-$", "");
  }

  /** The catalogue's name of a device, or one like it of an Instinct that the catalogue lacks. */
  public Optional<String> nameOf(String device) {
    String words = VENDOR.matcher(words(device)).replaceFirst("");
    return catalog
        .meant(device)
        .or(() -> catalog.meant(words))
        .map(GpuCatalogEntry::name)
        .or(() -> product(words))
        .or(() -> contained(words))
        .or(
            () ->
                Optional.of(INSTINCT.matcher(words))
                    .filter(Matcher::matches)
                    .map(matcher -> matcher.group(1)));
  }

  /** The entry that a device's name means; empty where the catalogue has none. */
  public Optional<GpuCatalogEntry> entry(String device) {
    return nameOf(device).flatMap(catalog::find);
  }

  private static Optional<String> product(String words) {
    for (Map.Entry<Pattern, String> product : PRODUCTS) {
      Matcher found = product.getKey().matcher(words);
      if (found.matches()) {
        return Optional.of(
            found.groupCount() > 0 && product.getValue().contains("$1")
                ? product.getValue().replace("$1", found.group(1))
                : product.getValue());
      }
    }
    return Optional.empty();
  }

  // The longest of the catalogue's names that stands in the text as whole words.
  private Optional<String> contained(String words) {
    return catalog.names().stream()
        .filter(name -> ("-" + words + "-").contains("-" + name + "-"))
        .reduce((one, other) -> other.length() > one.length() ? other : one);
  }
}
