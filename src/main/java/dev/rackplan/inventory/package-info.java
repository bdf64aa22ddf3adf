/**
 * Reads what a cluster's own tools print of it (nvidia-smi, rocm-smi, Slurm, Kubernetes) and makes
 * a topology file of that, with what was assumed and what nobody said.
 *
 * <p>May import {@code topology} and {@code json}; must not import problems, plans, searches or
 * reports. Only {@code cli} knows it. Runs no tool: it reads their output from files.
 */
package dev.rackplan.inventory;
