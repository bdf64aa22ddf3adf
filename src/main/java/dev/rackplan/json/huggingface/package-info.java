/**
 * Reads unmodified Hugging Face {@code config.json} files into {@link dev.rackplan.model.Model}s.
 *
 * <p>One class per family of architectures; {@link dev.rackplan.json.huggingface.HuggingFaceConfig}
 * picks it by {@code model_type}. An unknown architecture is an error, never a guess. May import
 * {@code json} and {@code model} only; Jackson is reached through {@code JsonCursor}.
 */
package dev.rackplan.json.huggingface;
