package dev.rackplan.json;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.rackplan.HostileNames;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
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
}
