/**
 * Which layers form each stage and which GPUs host it: starts from the exact split for hosts in
 * order, then lets OptaPlanner shift cuts and exchange hosts where hosts differ.
 */
package dev.rackplan.solver.stages;
