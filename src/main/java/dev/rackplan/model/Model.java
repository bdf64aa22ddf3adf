package dev.rackplan.model;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.IntStream;

/**
 * A language model.
 *
 * @param name as shown in reports
 * @param architecture the config's {@code model_type} (or first entry of {@code architectures})
 * @param hiddenSize width of the residual stream in elements
 * @param vocabularySize rows of the embedding
 * @param tiedEmbeddings whether the LM head shares the embedding's weights
 * @param layers hidden layers in order; multi-token-prediction modules not among them
 * @param nextTokenLayers layers that draft the next tokens, as {@link Layer#predictingNext} makes
 *     them; embedding and head are the model's. In no sum of this class: who drafts with them holds
 *     them beside the model
 * @param predictions tokens that training predicts at each position, the head run and the loss
 *     taken for each: 1, and one more for each module that {@link MultiTokenPrediction} put behind
 *     the layers
 * @param stored number formats of its checkpoint; empty where nothing is known of them
 * @param input what it holds before the first layer beside the token embedding
 * @param contextLimit tokens of a sequence that engines take by its checkpoint's config; empty
 *     where nothing is known of it
 * @param notes what whoever reads its figures must know of how it was read: a sentence each
 */
public record Model(
    String name,
    String architecture,
    int hiddenSize,
    int vocabularySize,
    boolean tiedEmbeddings,
    List<Layer> layers,
    List<Layer> nextTokenLayers,
    int predictions,
    Optional<StoredFormats> stored,
    ModelInput input,
    Optional<ContextLimit> contextLimit,
    List<String> notes) {
  public Model {
    layers = List.copyOf(layers);
    nextTokenLayers = List.copyOf(nextTokenLayers);
    notes = List.copyOf(notes);
    if (name.isBlank()) {
      throw new IllegalArgumentException("name must not be blank");
    }
    if (hiddenSize < 1 || vocabularySize < 1) {
      throw new IllegalArgumentException(
          "hiddenSize and vocabularySize must be >= 1, were "
              + hiddenSize
              + " and "
              + vocabularySize);
    }
    if (layers.isEmpty()) {
      throw new IllegalArgumentException("a model needs at least one layer");
    }
    if (predictions < 1) {
      throw new IllegalArgumentException("predictions must be >= 1, was " + predictions);
    }
    for (int l = 0; l < layers.size(); l++) {
      OptionalInt source = layers.get(l).kvSource();
      if (source.isPresent()
          && (source.getAsInt() < 0
              || source.getAsInt() >= l
              || layers.get(source.getAsInt()).kvSource().isPresent())) {
        throw new IllegalArgumentException(
            "layer "
                + l
                + " must share the KV cache of an earlier layer that has one, not of "
                + source.getAsInt());
      }
    }
  }

  /**
   * A model with nothing but a token embedding before its first layer, and nothing to say of it.
   */
  public Model(
      String name,
      String architecture,
      int hiddenSize,
      int vocabularySize,
      boolean tiedEmbeddings,
      List<Layer> layers) {
    this(
        name,
        architecture,
        hiddenSize,
        vocabularySize,
        tiedEmbeddings,
        layers,
        List.of(),
        1,
        Optional.empty(),
        ModelInput.NONE,
        Optional.empty(),
        List.of());
  }

  /** The same with {@code given} before its first layer. */
  public Model withInput(ModelInput given) {
    return copy(layers, nextTokenLayers, predictions, stored, given, contextLimit, notes);
  }

  /** The same with contexts of at most {@code given}. */
  public Model withContextLimit(Optional<ContextLimit> given) {
    return copy(layers, nextTokenLayers, predictions, stored, input, given, notes);
  }

  /** The same with {@code given} to say of how it was read. */
  public Model withNotes(List<String> given) {
    return copy(layers, nextTokenLayers, predictions, stored, input, contextLimit, given);
  }

  /**
   * The first layer after {@code last} that reads the KV cache of {@code last} or one before it: no
   * stage may end between them. Empty where one may.
   */
  public OptionalInt sharesKvAcross(int last) {
    return IntStream.range(last + 1, layers.size())
        .filter(
            layer ->
                layers.get(layer).kvSource().isPresent()
                    && layers.get(layer).kvSource().getAsInt() <= last)
        .findFirst();
  }

  /** A model whose last layer is followed by a norm of hidden size, counted with that layer. */
  public static Model withFinalNorm(
      String name,
      String architecture,
      int hiddenSize,
      int vocabularySize,
      boolean tiedEmbeddings,
      List<Layer> layers) {
    if (layers.isEmpty()) {
      throw new IllegalArgumentException("a model needs at least one layer");
    }
    List<Layer> all = new ArrayList<>(layers);
    all.set(all.size() - 1, all.get(all.size() - 1).withMoreParameters(hiddenSize));
    return new Model(name, architecture, hiddenSize, vocabularySize, tiedEmbeddings, all);
  }

  /**
   * The same model as a checkpoint stores it.
   *
   * @param ofLayers of each layer, in order
   */
  public Model storedAs(StoredFormats formats, List<WeightFormats> ofLayers) {
    List<Layer> all = new ArrayList<>();
    for (int l = 0; l < layers.size(); l++) {
      all.add(layers.get(l).storedAs(ofLayers.get(l)));
    }
    List<Layer> drafting =
        nextTokenLayers.stream().map(layer -> layer.storedAs(formats.drafts())).toList();
    return copy(all, drafting, predictions, Optional.of(formats), input, contextLimit, notes);
  }

  /** The same model with others in its layers' places. */
  public Model withLayers(List<Layer> others) {
    return copy(others, nextTokenLayers, predictions, stored, input, contextLimit, notes);
  }

  /** The same model with layers that draft its next tokens. */
  public Model withNextTokenLayers(List<Layer> drafting) {
    return copy(layers, drafting, predictions, stored, input, contextLimit, notes);
  }

  /** The same model with other layers, which predict so many tokens at each position. */
  public Model withPredictions(List<Layer> others, int predicted) {
    return copy(others, nextTokenLayers, predicted, stored, input, contextLimit, notes);
  }

  private Model copy(
      List<Layer> ofModel,
      List<Layer> drafting,
      int predicted,
      Optional<StoredFormats> formats,
      ModelInput given,
      Optional<ContextLimit> limit,
      List<String> said) {
    return new Model(
        name,
        architecture,
        hiddenSize,
        vocabularySize,
        tiedEmbeddings,
        ofModel,
        drafting,
        predicted,
        formats,
        given,
        limit,
        said);
  }

  /** Whether every layer that attends can divide a context's tokens over GPUs. */
  public boolean dividesContext() {
    return layers.stream()
        .map(Layer::attention)
        .filter(attention -> !(attention instanceof NoAttention))
        .allMatch(attention -> attention.contextExchange().isPresent());
  }

  /**
   * GPUs that hold the same KV head where attention is divided over {@code degree} of them, of the
   * layer with the fewest; 1 where no cache can be divided by tokens.
   */
  public int gpusPerKvHead(int degree) {
    return layers.stream()
        .map(Layer::attention)
        .filter(attention -> attention.contextExchange().isPresent())
        .mapToInt(attention -> degree / attention.kvShards(degree))
        .min()
        .orElse(1);
  }

  /**
   * Whether plain FP8 weights are taken to have scales by blocks of 128 x 128: checkpoints of
   * mixtures of experts and of latent attention do, those of plain dense models have them by tensor
   * or row. Assumed where the format doesn't say.
   */
  public boolean scalesFp8Blocks() {
    return layers.stream()
        .anyMatch(
            layer -> layer.ffn() instanceof MoeFfn || layer.attention() instanceof LatentAttention);
  }

  /** Whether some layers have experts and others dense FFNs. */
  public boolean mixesDenseAndExperts() {
    return layers.stream().anyMatch(layer -> layer.ffn() instanceof MoeFfn)
        && layers.stream().anyMatch(layer -> layer.ffn() instanceof DenseFfn);
  }

  /** Weights in elements of the layers that draft, embedding and head not among them. */
  public long nextTokenParameters() {
    return nextTokenLayers.stream().mapToLong(Layer::parameters).sum();
  }

  /** Weights in elements of the input embedding (and of the head, where that is not tied). */
  public long embeddingParameters() {
    return (long) vocabularySize * hiddenSize;
  }

  /** All weights in elements: layers, embedding, head unless tied, vision and audio parts. */
  public long parameters() {
    return languageParameters() + input.parameters();
  }

  /** Weights in elements of layers, embedding, head unless tied: without {@link #input}. */
  public long languageParameters() {
    return layers.stream().mapToLong(Layer::parameters).sum()
        + embeddingParameters() * (tiedEmbeddings ? 1 : 2);
  }

  /**
   * Weights in elements that one token of text uses, embedding and head counted as in {@link
   * #parameters()}, {@link #input} not at all.
   *
   * <p>Published figures differ in this: DeepSeek's 37B and MiniMax's 45.9B leave the embedding (or
   * both) out.
   */
  public long activeParameters() {
    return layers.stream().mapToLong(Layer::activeParameters).sum()
        + embeddingParameters() * (tiedEmbeddings ? 1 : 2);
  }

  /**
   * Bytes of KV cache that one more token of context adds (one copy): full-attention layers only.
   *
   * <p>Without the keys of a sparse-attention indexer, as such figures are published; {@link
   * #indexBytesPerToken} has those. Memory counts both.
   */
  public double kvBytesPerToken(Dtype kv) {
    return layers.stream()
        .filter(layer -> layer.kvSource().isEmpty())
        .map(Layer::attention)
        .mapToDouble(
            attention -> attention.growingKvBytesPerToken(kv) - attention.indexBytesPerToken(kv))
        .sum();
  }

  /**
   * Bytes of KV cache, states among them, that a sequence of {@code contextTokens} holds (one
   * copy).
   */
  public double kvCapacityBytes(double contextTokens, Dtype kv) {
    return layers.stream()
        .filter(layer -> layer.kvSource().isEmpty())
        .mapToDouble(layer -> layer.attention().kvCapacityBytes(contextTokens, kv))
        .sum();
  }

  /**
   * Bytes of KV cache that one sequence of {@code contextTokens} reads for its next token (one
   * copy), cached at {@code kv}.
   */
  public double kvReadBytes(double contextTokens, Dtype kv) {
    double bytes = 0;
    for (Layer layer : layers) {
      bytes += layer.attention().kvReadBytes(contextTokens, kv);
    }
    return bytes;
  }

  /**
   * Bytes of sparse-attention index keys that one more token of context adds (one copy), cached at
   * {@code kv}.
   */
  public double indexBytesPerToken(Dtype kv) {
    return layers.stream()
        .filter(layer -> layer.kvSource().isEmpty())
        .mapToDouble(layer -> layer.attention().indexBytesPerToken(kv))
        .sum();
  }

  /** Indices of the layers whose FFN is a mixture of experts, ascending. */
  public List<Integer> moeLayers() {
    return IntStream.range(0, layers.size())
        .filter(i -> layers.get(i).ffn() instanceof MoeFfn)
        .boxed()
        .toList();
  }

  /** The MoE FFN of layer {@code index}, empty if that layer has none. */
  public Optional<MoeFfn> moe(int index) {
    return layers.get(index).ffn() instanceof MoeFfn moe ? Optional.of(moe) : Optional.empty();
  }
}
