package dev.rackplan.json;

import dev.rackplan.model.Model;
import dev.rackplan.workload.LayerRouting;
import dev.rackplan.workload.RoutingProfile;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/** What an engine counted, a file a window: any form that a problem's {@code counts} takes. */
public final class CountedWindows {
  /** Endings of files that are read. */
  public static final List<String> ENDINGS =
      List.of(".json", ".jsonl", ".pt", ".csv", ".safetensors");

  private CountedWindows() {}

  /**
   * The windows of one file, mostly one; of several named matrices one each, in their order.
   *
   * @param shown the file's path for messages
   * @param model whose experts were counted
   * @throws InputException where the file is not whole or not of that model
   */
  public static List<RoutingProfile> read(Path file, String shown, Model model) {
    MoeShape shape = MoeShape.of(model);
    Map<String, List<LayerRouting>> matrices =
        CountFile.read(new FileReference(file, shown), String.valueOf(file.getFileName()), shape);
    List<RoutingProfile> windows = new ArrayList<>();
    matrices.forEach(
        (name, layers) ->
            windows.add(
                new RoutingProfile(
                    name,
                    1,
                    IntStream.range(0, layers.size())
                        .mapToObj(i -> layers.get(i).asChosenBy(shape.experts().get(i)))
                        .toList())));
    return windows;
  }
}
