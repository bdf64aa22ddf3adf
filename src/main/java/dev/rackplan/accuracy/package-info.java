/**
 * Predictions against published results and against a user's measurements, row by row.
 *
 * <p>A row is a problem with its layout fixed; its plan is judged as any other plan is, by {@code
 * evaluation}. The one formula here is how prompts delay decode on shared GPUs. May import
 * everything down to {@code evaluation}; knows no files (rows are read by {@code json}) and prints
 * nothing.
 */
package dev.rackplan.accuracy;
