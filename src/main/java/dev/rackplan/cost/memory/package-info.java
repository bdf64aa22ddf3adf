/**
 * The bytes that a stage's fullest GPU holds, in inference and in training: {@link
 * dev.rackplan.cost.memory.MemoryUse}; and what they must keep to ({@link
 * dev.rackplan.cost.memory.StageRule}).
 *
 * <p>Of the other parts of {@code cost} it knows {@code operation} only.
 */
package dev.rackplan.cost.memory;
