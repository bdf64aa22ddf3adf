package dev.rackplan.cli.option;

import dev.rackplan.json.DtypeName;
import dev.rackplan.model.Dtype;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** A number format by its own name or a vendor's. */
public final class DtypeConverter implements ITypeConverter<Dtype> {
  @Override
  public Dtype convert(String text) {
    return DtypeName.find(text)
        .orElseThrow(
            () ->
                new TypeConversionException(
                    "'" + text + "' is no number format. " + DtypeName.remedy(text)));
  }
}
