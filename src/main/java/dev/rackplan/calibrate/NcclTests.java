package dev.rackplan.calibrate;

import dev.rackplan.json.FileReference;
import dev.rackplan.json.InputException;
import dev.rackplan.json.PackedText;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What nccl-tests and rccl-tests print, one run or several in a file, as table {@code nccl}: {@code
 * message_size} = size in bytes / bytes of an element, {@code latency} = out-of-place time in ms,
 * {@code in_place_latency} in ms, {@code num_gpus} and {@code node_num} by the run's ranks.
 */
final class NcclTests {
  static final String NAME = "nccl";

  private static final double MICROS_PER_MILLI = 1e3;
  private static final Pattern TAG = Pattern.compile("^(\\([^)]*\\)\\s*)?(\\[[^]]*\\]<std\\w+>:)?");
  private static final Pattern BEGIN =
      Pattern.compile("#\\s*nThread\\s+(\\d{1,4})\\s+nGpus\\s+(\\d{1,4})\\b.*");
  private static final Pattern RANK =
      Pattern.compile(
          "#\\s*Rank\\s+(\\d+)\\s+(?:Group\\s+(\\d+)\\s+)?Pid\\s+\\d+\\s+on\\s+(\\S+)\\s+device\\s+\\d+\\s+\\[[^]]*\\]\\s*(.*)");
  private static final Pattern HEADER =
      Pattern.compile("#\\s*(size\\s+count\\s+type\\b.*\\btime\\b.*)");
  private static final Pattern OPERATION =
      Pattern.compile(
          "(all_?reduce|all_?gather|reduce_?scatter|all_?to_?all|broadcast|sendrecv|scatter|gather|reduce|hypercube)(_perf|_bench|\\b|_)");
  private static final Pattern VERSION =
      Pattern.compile("\\b(?:NCCL|RCCL) version\\s*:?\\s*([0-9][0-9.]*)");
  private static final Map<String, Integer> ELEMENT_BYTES =
      Map.ofEntries(
          Map.entry("int8", 1),
          Map.entry("uint8", 1),
          Map.entry("fp8_e4m3", 1),
          Map.entry("fp8_e5m2", 1),
          Map.entry("f8e4m3", 1),
          Map.entry("f8e5m2", 1),
          Map.entry("half", 2),
          Map.entry("bfloat16", 2),
          Map.entry("int32", 4),
          Map.entry("uint32", 4),
          Map.entry("float", 4),
          Map.entry("int64", 8),
          Map.entry("uint64", 8),
          Map.entry("double", 8));
  private static final String REMEDY =
      "Give the whole output of all_reduce_perf or its like, from \"# nThread\" on.";

  private final FileReference source;
  private final Columns columns = new Columns();
  private final Map<String, Integer> ranks = new HashMap<>();
  private final Set<String> hosts = new HashSet<>();
  private List<String> header = List.of();
  private String operation = "";
  private String device = "";
  private String version = "";
  private boolean rocm;
  private int given;
  private int rows;

  private NcclTests(FileReference source) {
    this.source = source;
    this.operation = operation(Path.of(source.shown()).getFileName().toString());
  }

  /** Whether a line is one that these programs begin with. */
  static boolean begins(String line) {
    String bare = TAG.matcher(line).replaceFirst("").strip();
    return BEGIN.matcher(bare).matches() || HEADER.matcher(bare).matches();
  }

  /** The table's columns. */
  static Map<String, TableColumn> read(FileReference source) {
    NcclTests tests = new NcclTests(source);
    PackedText.read(source, REMEDY, tests::readLines);
    if (tests.rows == 0) {
      throw tests.error("", "has no results of nccl-tests");
    }
    return tests.columns.build();
  }

  private void readLines(BufferedReader reader) throws IOException {
    int number = 0;
    for (String line = reader.readLine(); line != null; line = reader.readLine()) {
      number++;
      String bare = TAG.matcher(line).replaceFirst("").strip();
      if (bare.startsWith("#")) {
        readComment(bare);
      } else if (!isResult(bare, "line " + number)) {
        readNoise(bare);
      }
    }
  }

  private void readComment(String line) {
    Matcher begin = BEGIN.matcher(line);
    Matcher rank = RANK.matcher(line);
    Matcher names = HEADER.matcher(line);
    if (begin.matches()) {
      ranks.clear();
      hosts.clear();
      header = List.of();
      given = Integer.parseInt(begin.group(1)) * Integer.parseInt(begin.group(2));
    } else if (rank.matches()) {
      ranks.merge(rank.group(2) == null ? "" : rank.group(2), 1, Integer::sum);
      hosts.add(rank.group(3));
      device = rank.group(4).strip();
      rocm |= device.contains("AMD") || device.contains("Instinct");
    } else if (names.matches()) {
      header = Arrays.asList(names.group(1).split("\\s+"));
    } else {
      readNoise(line);
    }
  }

  // "# Collective test starting: …", the command line, "… NCCL INFO NCCL version …".
  private void readNoise(String line) {
    if (line.contains("_perf") || line.contains("_bench")) {
      String named = operation(line);
      operation = named.isEmpty() ? operation : named;
    }
    Matcher found = VERSION.matcher(line);
    if (found.find()) {
      version = found.group(1);
    }
  }

  private static String operation(String text) {
    Matcher found = OPERATION.matcher(text.toLowerCase(Locale.ROOT));
    if (!found.find()) {
      return "";
    }
    return switch (found.group(1).replace("_", "")) {
      case "allreduce" -> "all_reduce";
      case "allgather" -> "all_gather";
      case "reducescatter" -> "reduce_scatter";
      case "alltoall" -> "alltoall";
      default -> found.group(1);
    };
  }

  private boolean isResult(String line, String place) {
    String[] cells = line.split("\\s+");
    if (cells.length < 4 || !isWhole(cells[0]) || !ELEMENT_BYTES.containsKey(cells[2])) {
      return false;
    }
    int time = header.indexOf("time");
    if (time < 0) {
      throw error(place, "is a result without the line \"# size count type …\" before it");
    }
    int inPlace = header.lastIndexOf("time");
    if (cells.length < header.size()) {
      throw error(place, "has " + cells.length + " cells, the header " + header.size());
    }
    if (operation.isEmpty()) {
      throw error(place, "is of an operation that neither the output nor the file's name says");
    }
    double size = Double.parseDouble(cells[0]);
    // Sizes below an element a rank are measured as nothing.
    if (size > 0) {
      columns
          .add("framework", rocm ? "RCCL" : "NCCL")
          .add("version", version)
          .add("device", device)
          .add("op_name", operation)
          .add("kernel_source", rocm ? "RCCL" : "NCCL")
          .add("nccl_dtype", cells[2])
          .add("num_gpus", gpus(place))
          .add("node_num", Math.max(1, hosts.size()))
          .add("message_size", Math.floor(size / ELEMENT_BYTES.get(cells[2])))
          .add("latency", milliseconds(cells[time], place))
          .add("in_place_latency", milliseconds(cells[inPlace], place));
      rows++;
    }
    return true;
  }

  private static boolean isWhole(String cell) {
    return cell.length() <= 18 && cell.chars().allMatch(c -> c >= '0' && c <= '9');
  }

  // Ranks of one group; where ranks are not listed, those of the one process.
  private int gpus(String place) {
    if (!ranks.isEmpty()) {
      if (new HashSet<>(ranks.values()).size() > 1) {
        throw error(place, "is of groups of different size");
      }
      return ranks.values().iterator().next();
    }
    if (given < 1) {
      throw error(place, "is of a number of GPUs that the output does not say");
    }
    return given;
  }

  private double milliseconds(String cell, String place) {
    try {
      double micros = Double.parseDouble(cell);
      if (micros >= 0 && micros < Double.POSITIVE_INFINITY) {
        return micros / MICROS_PER_MILLI;
      }
    } catch (NumberFormatException e) {
      // N/A where in-place was not run; else said below.
      if (cell.equals("N/A")) {
        return Double.NaN;
      }
    }
    throw error(place, "must have a time in µs, was \"" + cell + "\"");
  }

  private InputException error(String place, String problem) {
    return new InputException(source.shown(), place, problem, REMEDY);
  }
}
