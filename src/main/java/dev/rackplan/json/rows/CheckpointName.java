package dev.rackplan.json.rows;

import dev.rackplan.json.DtypeName;
import dev.rackplan.json.ModelCatalog;
import dev.rackplan.model.Dtype;
import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * What the Hugging Face id of a checkpoint says: the model, and the format where a suffix names
 * one, as {@code nvidia/Qwen3-32B-NVFP4}, {@code RedHatAI/Qwen3-32B-FP8-dynamic} and {@code
 * JunHowie/Qwen3-32B-GPTQ-Int4} do, whoever quantised it.
 *
 * @param model a name of the catalogue
 * @param format of its weights; empty where the id names none
 */
record CheckpointName(String model, Optional<Dtype> format) {
  private static final Pattern SEPARATOR = Pattern.compile("[-_.]");
  // Says nothing of the format: which edition it is, how it was made, how many weights share a
  // scale, what the cache is kept in.
  private static final Pattern BESIDE =
      Pattern.compile("quantized|preview|kv|v\\d{1,2}|g\\d{1,4}|\\dbits?");

  /** What {@code word} names; empty where no model of the catalogue is behind it. */
  static Optional<CheckpointName> of(String word) {
    Optional<CheckpointName> known =
        ModelCatalog.find(word).map(name -> new CheckpointName(name, format(last(word))));
    return known.or(() -> quantised(word.substring(word.indexOf('/') + 1)));
  }

  private static String last(String word) {
    return word.substring(word.lastIndexOf('-') + 1);
  }

  // The shortest suffix that is a format, before which stands a model.
  private static Optional<CheckpointName> quantised(String name) {
    return IntStream.iterate(name.length() - 1, at -> at > 0, at -> at - 1)
        .filter(at -> "-_.".indexOf(name.charAt(at)) >= 0)
        .mapToObj(at -> split(name, at))
        .flatMap(Optional::stream)
        .findFirst();
  }

  private static Optional<CheckpointName> split(String name, int at) {
    Optional<Dtype> format = format(name.substring(at + 1));
    return format
        .flatMap(found -> ModelCatalog.find(name.substring(0, at)))
        .map(model -> new CheckpointName(model, format));
  }

  private static Optional<Dtype> format(String suffix) {
    String plain =
        Arrays.stream(SEPARATOR.split(suffix.toLowerCase(Locale.ROOT)))
            .filter(part -> !BESIDE.matcher(part).matches())
            .collect(Collectors.joining("_"));
    return plain.isEmpty() ? Optional.empty() : DtypeName.find(plain);
  }
}
