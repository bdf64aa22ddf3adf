package dev.rackplan.json;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.rackplan.HostileNames;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.constructor.SafeConstructor;

class YamlTextTest {
  @Test
  void everyHostileName_isReadBackAsText() {
    Map<String, Object> tree = new LinkedHashMap<>();
    for (String name : HostileNames.ALL) {
      // Bytes of control characters are text in base64 there; no name has them.
      if (!ControlCharacters.in(name)) {
        tree.put(name, List.of(name, Map.of("name", name)));
      }
    }
    Yaml yaml = new Yaml(new SafeConstructor(new LoaderOptions()));
    assertEquals(tree, yaml.load(YamlText.of(tree)));
    assertEquals(tree, yaml.load(YamlText.compact(tree)));
  }

  // kubectl reads the first as true and the others as numbers where nothing quotes them.
  @ParameterizedTest
  @ValueSource(strings = {"y", "N", "1e3", "-2.5E+7", "0o17", "12e03"})
  void whatReadersInGoTakeOtherwise_isQuoted(String text) {
    assertEquals("k: '" + text + "'", YamlText.compact(Map.of("k", text)).strip());
    assertEquals("k: '" + text + "'", YamlText.of(Map.of("k", text)).strip());
  }

  @ParameterizedTest
  @ValueSource(strings = {"yard", "node-1e3", "1e", "0x", "10.0.0.1"})
  void otherText_isPlain(String text) {
    assertEquals("k: " + text, YamlText.of(Map.of("k", text)).strip());
  }
}
