/**
 * From the times of stages to that of a pipeline: in inference by formula ({@link
 * dev.rackplan.cost.pipeline.PipelineCost}), in training as the schedule runs ({@link
 * dev.rackplan.cost.pipeline.PipelineRun}). Knows none of the other parts of {@code cost}.
 */
package dev.rackplan.cost.pipeline;
