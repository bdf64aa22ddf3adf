package dev.rackplan.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.networknt.schema.JsonSchemaFactory;
import com.networknt.schema.SpecVersion;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.constructor.SafeConstructor;

/** What exported files ask a cluster for, read from the files alone. */
final class ExportedPools {
  private static final ObjectMapper JSON = new ObjectMapper();

  private ExportedPools() {}

  /** A line of a launch script's table. */
  record Row(String host, String head, int port, int gpus) {}

  static List<Row> rows(Path folder) throws IOException {
    List<String> lines = Files.readAllLines(folder.resolve("launch.sh"));
    List<Row> rows = new ArrayList<>();
    for (String line :
        lines.subList(lines.indexOf("done <<'TABLE'") + 1, lines.lastIndexOf("TABLE"))) {
      String[] words = line.split(" ");
      rows.add(new Row(words[0], words[5], Integer.parseInt(words[6]), words[7].split(",").length));
    }
    return rows;
  }

  /** GPUs that an engine's scripts take, of all pools that lie in folders of {@code engine}. */
  static int gpusOfEngine(Path engine, String... pools) throws IOException {
    int gpus = 0;
    for (String pool : pools) {
      gpus += rows(engine.resolve(pool)).stream().mapToInt(Row::gpus).sum();
    }
    return gpus;
  }

  /** The same of Open MPI's host files. */
  static int gpusOfHostFiles(Path folder) throws IOException {
    int gpus = 0;
    for (int replica = 0; Files.exists(hosts(folder, replica)); replica++) {
      gpus += Files.readAllLines(hosts(folder, replica)).size();
    }
    return gpus;
  }

  private static Path hosts(Path folder, int replica) {
    return folder.resolve("hosts-replica-" + replica + ".txt");
  }

  /** GPUs that a job asks for: nodes × GPUs of each, of all its components. */
  static int gpusOfJob(Path folder) throws IOException {
    Matcher found =
        Pattern.compile(
                "--nodes=(\\d+)\\n(?:#SBATCH .*\\n)??#SBATCH --ntasks=\\d+\\n#SBATCH --gpus-per-node=(\\d+)")
            .matcher(Files.readString(folder.resolve("job.sbatch")));
    int gpus = 0;
    while (found.find()) {
      gpus += Integer.parseInt(found.group(1)) * Integer.parseInt(found.group(2));
    }
    return gpus;
  }

  /** Objects of a manifest, each as an API server takes it. */
  static List<JsonNode> objects(Path folder) throws IOException {
    var schema =
        JsonSchemaFactory.getInstance(SpecVersion.VersionFlag.V202012)
            .getSchema(
                ExportedPools.class.getResourceAsStream(
                    "/dev/rackplan/export/manifest.schema.json"));
    List<JsonNode> objects = new ArrayList<>();
    String text = Files.readString(folder.resolve("manifest.yaml"));
    for (Object object : new Yaml(new SafeConstructor(new LoaderOptions())).loadAll(text)) {
      JsonNode tree = JSON.valueToTree(object);
      assertEquals(List.of(), List.copyOf(schema.validate(tree)));
      objects.add(tree);
    }
    return objects;
  }

  /** GPUs that all pods of a manifest ask for. */
  static int gpusOfPods(Path folder) throws IOException {
    int gpus = 0;
    for (JsonNode object : objects(folder)) {
      for (JsonNode component : object.at("/spec/components")) {
        gpus +=
            component.at("/replicas").intValue()
                * component.at("/multinode/nodeCount").asInt(1)
                * component
                    .at("/podTemplate/spec/containers/0/resources/limits/nvidia.com~1gpu")
                    .intValue();
      }
      if (object.at("/kind").textValue().equals("LeaderWorkerSet")) {
        JsonNode template = object.at("/spec/leaderWorkerTemplate");
        gpus +=
            object.at("/spec/replicas").intValue()
                * template.at("/size").intValue()
                * template
                    .at("/workerTemplate/spec/containers/0/resources/limits/nvidia.com~1gpu")
                    .intValue();
      }
    }
    return gpus;
  }
}
