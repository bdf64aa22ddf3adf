package dev.rackplan.json;

import dev.rackplan.model.MoeFfn;
import dev.rackplan.workload.HeapRoom;
import dev.rackplan.workload.LayerRouting;
import dev.rackplan.workload.RequestTokens;
import java.io.BufferedReader;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.commons.csv.CSVFormat;
import org.apache.commons.csv.CSVParser;
import org.apache.commons.csv.CSVRecord;

/**
 * Recorded routing as CSV, plain or gzip: header {@code request,l0e0,l0e1,…}, then one token a row,
 * layer-major, MoE layers counted from 0. A first line that starts with # is skipped. Read row by
 * row. Of a file with more tokens than are kept, every second is, or every fourth, and so on:
 * evenly over the file, in bounded memory; every row is checked.
 */
final class SampleFile {
  /** Most expert indices (tokens × k × layers) that are kept of one file: 64 MiB as ints. */
  static final int MAX_CHOICES = 1 << 24;

  /** Most tokens that are kept of one file. */
  static final int MAX_TOKENS = 1 << 20;

  private static final CSVFormat FORMAT =
      CSVFormat.DEFAULT.builder().setQuote(null).setIgnoreEmptyLines(false).get();
  private static final String HEADER_REMEDY =
      "Write the header request,l0e0,l0e1,… with one column per chosen expert, layer by layer"
          + " (docs/formats.md#samples).";

  private final FileReference source;
  private final MoeShape shape;
  private final int columns;
  private final Map<String, Integer> requests = new LinkedHashMap<>();
  private int[] requestOfToken = new int[256];
  private int[] choices;
  private final int mostTokens;
  private int tokens;
  private long rows;
  // Every this many rows' token is kept: a power of two.
  private long stride = 1;
  private long skippedLines;

  private SampleFile(FileReference source, MoeShape shape) {
    this.source = source;
    this.shape = shape;
    this.columns = shape.choicesPerToken();
    this.mostTokens = Math.min(MAX_TOKENS, MAX_CHOICES / columns);
    this.choices = new int[256 * columns];
  }

  /**
   * Recorded tokens.
   *
   * @param stride one in how many of the file's tokens was kept; 1 where all were
   */
  record Sample(RequestTokens tokens, long stride) {}

  static Sample read(FileReference source, MoeShape shape) {
    SampleFile file = new SampleFile(source, shape);
    file.readTokens();
    return new Sample(
        new RequestTokens(Arrays.copyOf(file.requestOfToken, file.tokens), file.layers()),
        file.stride);
  }

  private void readTokens() {
    PackedText.read(
        source,
        "Give a .csv or .csv.gz file.",
        reader -> {
          skipComment(reader);
          readRows(reader);
        });
  }

  private void skipComment(BufferedReader reader) throws IOException {
    reader.mark(1);
    int first = reader.read();
    if (first == '#') {
      reader.readLine();
      skippedLines = 1;
    } else if (first >= 0) {
      reader.reset();
    }
  }

  private void readRows(BufferedReader reader) throws IOException {
    try (CSVParser parser = CSVParser.parse(reader, FORMAT)) {
      boolean headerRead = false;
      for (CSVRecord row : parser) {
        String line = "line " + (parser.getRecordNumber() + skippedLines);
        if (headerRead) {
          addToken(row, line);
        } else {
          checkHeader(row, line);
          headerRead = true;
        }
      }
      if (!headerRead) {
        throw error("", "is empty", HEADER_REMEDY);
      }
    }
    if (tokens == 0) {
      throw error("", "has no tokens", "Give at least one row below the header.");
    }
  }

  private void checkHeader(CSVRecord header, String line) {
    if (header.size() != columns + 1) {
      throw error(
          line,
          "header has "
              + header.size()
              + " columns, "
              + shape.model()
              + " needs "
              + (columns + 1)
              + ": request and the chosen experts of its "
              + shape.layers().size()
              + " MoE layers",
          HEADER_REMEDY);
    }
    checkName(header, 0, "request", line);
    int column = 1;
    for (int layer = 0; layer < shape.layers().size(); layer++) {
      for (int j = 0; j < shape.experts().get(layer).expertsPerToken(); j++) {
        checkName(header, column++, "l" + layer + "e" + j, line);
      }
    }
  }

  private void checkName(CSVRecord header, int column, String expected, String line) {
    if (!header.get(column).equals(expected)) {
      throw error(
          line,
          "column "
              + (column + 1)
              + " must be "
              + expected
              + ", was \""
              + PackedText.shorten(header.get(column))
              + "\"",
          HEADER_REMEDY);
    }
  }

  private void addToken(CSVRecord row, String line) {
    if (row.size() != columns + 1) {
      throw error(
          line,
          "has " + row.size() + " columns, the header has " + (columns + 1),
          "Give the request and every chosen expert of the token.");
    }
    if (row.get(0).isBlank()) {
      throw error(line, "request is blank", "Name the request that the token belongs to.");
    }
    if (tokens == mostTokens) {
      keepHalf();
    }
    if (requestOfToken.length == tokens) {
      int room = Math.min(tokens * 2, mostTokens);
      HeapRoom.require((long) room * (columns + 1) * Integer.BYTES);
      requestOfToken = Arrays.copyOf(requestOfToken, room);
      choices = Arrays.copyOf(choices, room * columns);
    }
    int column = 0;
    for (int layer = 0; layer < shape.layers().size(); layer++) {
      MoeFfn moe = shape.experts().get(layer);
      for (int j = 0; j < moe.expertsPerToken(); j++) {
        int expert = expert(row.get(column + 1), "l" + layer + "e" + j, moe.experts(), line);
        choices[tokens * columns + column] = expert;
        for (int earlier = 1; earlier <= j; earlier++) {
          if (choices[tokens * columns + column - earlier] == expert) {
            throw error(
                line,
                "the token names expert " + expert + " of layer l" + layer + " twice",
                "Give k different experts per token and layer.");
          }
        }
        column++;
      }
    }
    // Written over by the next row where it isn't kept.
    if (rows % stride == 0) {
      int known = requests.size();
      requestOfToken[tokens] = requests.computeIfAbsent(row.get(0), name -> known);
      tokens++;
    }
    rows++;
  }

  // Tokens 0, 2, 4, …, and their requests, counted again as they appear.
  private void keepHalf() {
    String[] names = requests.keySet().toArray(new String[0]);
    requests.clear();
    tokens = (tokens + 1) / 2;
    for (int token = 0; token < tokens; token++) {
      int known = requests.size();
      requestOfToken[token] =
          requests.computeIfAbsent(names[requestOfToken[2 * token]], name -> known);
      System.arraycopy(choices, 2 * token * columns, choices, token * columns, columns);
    }
    stride *= 2;
  }

  private int expert(String cell, String name, int experts, String line) {
    boolean digits =
        !cell.isEmpty() && cell.length() <= 9 && cell.chars().allMatch(c -> c >= '0' && c <= '9');
    int expert = digits ? Integer.parseInt(cell) : -1;
    if (expert < 0 || expert >= experts) {
      throw error(
          line,
          name
              + " must be an expert in 0.."
              + (experts - 1)
              + ", was \""
              + PackedText.shorten(cell)
              + "\"",
          "Give the index of a routed expert of " + shape.model() + ".");
    }
    return expert;
  }

  private List<LayerRouting> layers() {
    List<LayerRouting> layers = new ArrayList<>();
    int offset = 0;
    for (MoeFfn moe : shape.experts()) {
      int k = moe.expertsPerToken();
      int[] ofLayer = new int[tokens * k];
      for (int token = 0; token < tokens; token++) {
        System.arraycopy(choices, token * columns + offset, ofLayer, token * k, k);
      }
      layers.add(LayerRouting.ofTokens(moe.experts(), k, ofLayer));
      offset += k;
    }
    return layers;
  }

  private InputException error(String line, String problem, String remedy) {
    return new InputException(source.shown(), line, problem, remedy);
  }
}
