/**
 * Predictions against published results, row by row.
 *
 * <p>A row is a problem with the published layout fixed; its plan is judged as any other plan is,
 * by {@code evaluation}. Nothing here knows a formula. May import everything down to {@code
 * evaluation}; knows no files (rows are read by {@code json}) and prints nothing.
 */
package dev.rackplan.accuracy;
