package dev.rackplan.json.huggingface;

/**
 * Audio encoders: Whisper's and those built like it (Qwen2-Audio, Qwen2.5-Omni, Qwen3-Omni), and
 * Gemma's conformers.
 *
 * <p>Source: the modeling files of transformers.
 */
final class AudioTower {
  /** Columns of a convolution's kernel over the spectrogram. */
  private static final long KERNEL = 3;

  private AudioTower() {}

  static long parameters(ConfigReader audio, ConfigReader language) {
    long text = language.hidden();
    if (audio.has("conf_num_hidden_layers") || audio.has("subsampling_conv_channels")) {
      return conformer(audio, text);
    }
    if (!audio.has("encoder_layers") && !audio.has("num_hidden_layers")) {
      language.note("The audio part's config has no layers that are known; it is not counted.");
      return 0;
    }
    long width = audio.width("d_model", audio.width("hidden_size", 1280));
    long layers = audio.has("encoder_layers") ? audio.layers("encoder_layers") : audio.layers();
    long inner = audio.width("encoder_ffn_dim", audio.width("intermediate_size", 4 * (int) width));
    // Keys have no bias in Whisper; two norms, biases everywhere else.
    long layer = 4 * width * width + 4 * width + 2 * width * inner + inner + width + 4 * width;
    long bins = audio.width("num_mel_bins", 128);
    long channels = audio.count("downsample_hidden_size", 0);
    long output = audio.width("output_dim", (int) text);
    if (channels > 0) {
      // Three convolutions halve the spectrogram's bins each.
      long columns = (((bins + 1) / 2 + 1) / 2 + 1) / 2;
      long convolutions = KERNEL * KERNEL * channels * (1 + 2 * channels) + 3 * channels;
      return layers * layer
          + convolutions
          + channels * columns * width
          + 2 * width
          + width * width
          + width
          + width * output
          + output;
    }
    long convolutions = KERNEL * bins * width + width + KERNEL * width * width + width;
    if (audio.findText("model_type").orElse("").startsWith("voxtral")) {
      // Learned positions; four frames become one token, by two matrices.
      long positions = audio.width("max_source_positions", 1500) * width;
      long projector = inner * text + text * text;
      return layers * layer + convolutions + positions + 2 * width + projector;
    }
    return layers * layer + convolutions + 2 * width + width * output + output;
  }

  /**
   * Gemma's conformer: two half FFNs of four times the width, attention with relative positions, a
   * gated convolution; then a projection.
   */
  private static long conformer(ConfigReader audio, long text) {
    long width = audio.hidden();
    long layers =
        audio.has("conf_num_hidden_layers")
            ? audio.layers("conf_num_hidden_layers")
            : audio.layers();
    long kernel = audio.width("conf_conv_kernel_size", audio.width("conv_kernel_size", 5));
    long layer =
        2 * 8 * width * width + 5 * width * width + 3 * width * width + kernel * width + 10 * width;
    long output = audio.width("output_proj_dims", (int) width);
    return layers * layer
        + 2 * width * width
        + (output == width ? 0 : width * output)
        + output * text;
  }
}
