package dev.rackplan.architecture.forbidden.law;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Path;
import java.time.Instant;
import java.util.random.RandomGenerator;
import me.tongfei.progressbar.ProgressBar;
import org.apache.commons.csv.CSVRecord;
import org.hipparchus.linear.RealMatrix;
import org.jgrapht.Graph;
import org.optaplanner.core.api.solver.Solver;
import org.yaml.snakeyaml.Yaml;
import picocli.CommandLine;

/** Every library, every impure type, every impure call. */
public record Offender(
    Solver<String> solver,
    JsonNode json,
    Graph<String, String> graph,
    CSVRecord row,
    RealMatrix matrix,
    CommandLine line,
    Yaml yaml,
    ProgressBar bar,
    Path file,
    Instant instant,
    RandomGenerator generator,
    dev.rackplan.architecture.forbidden.cli.Offender up) {

  double clockAndChance() {
    return System.nanoTime() * Math.random();
  }
}
