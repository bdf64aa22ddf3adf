/**
 * From tables of measured kernels to what a law is fitted on: the only package that reads Parquet.
 *
 * <p>Reads Parquet, CSV, nccl-tests' output and aiter's tuning files as one kind of table ({@link
 * dev.rackplan.calibrate.KernelTable}), one file in memory at a time. May use {@code law}, the data
 * packages and {@code json}'s doors and errors; only {@code cli} may use it.
 */
package dev.rackplan.calibrate;
