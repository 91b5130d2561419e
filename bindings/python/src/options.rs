//! Options by their names. In: keyword arguments. Out: core's option structs.

use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use syncline::delta::{
    Compression, DeltaFormat, DeltaOptions, Format, LibrsyncGeneration, LibrsyncMode, SignatureOptions,
    StrongLength,
};
use syncline::options::{Negation, OptionSpec, TABLE};

use crate::error::invalid_argument;

/// What Python is told of an option of transfers: long name, kind of value, what an argument is called, whether it can be turned off, help.
type OptionFields = (&'static str, &'static str, Option<&'static str>, bool, &'static str);

/// The options of transfers, in the order of core's table.
pub(crate) fn table() -> Vec<OptionFields> {
    let fields = |option: &OptionSpec| {
        let kind = option.value_kind().name();
        (option.long, kind, option.argument, option.negation != Negation::None, option.help)
    };
    TABLE.iter().filter(|option| option.is_for_callers()).map(fields).collect()
}

fn unknown(py: Python<'_>, what: &str, name: &str, known: &str) -> PyErr {
    invalid_argument(py, format!("unknown {what} {name:?}: choose {known}"))
}

/// The argument `format` of a signature.
pub(crate) struct FormatName(pub(crate) Format);

impl<'py> FromPyObject<'_, 'py> for FormatName {
    type Error = PyErr;

    fn extract(object: Borrowed<'_, 'py, PyAny>) -> PyResult<FormatName> {
        let name: String = object.extract()?;
        Format::from_name(&name).map(FormatName).ok_or_else(|| {
            let known = Format::ALL.map(|format| format.name()).join(", ");
            unknown(object.py(), "format", &name, &known)
        })
    }
}

/// The argument `format` of a delta: any name of a signature's stands for the deltas made from it.
pub(crate) struct DeltaFormatName(pub(crate) DeltaFormat);

impl<'py> FromPyObject<'_, 'py> for DeltaFormatName {
    type Error = PyErr;

    fn extract(object: Borrowed<'_, 'py, PyAny>) -> PyResult<DeltaFormatName> {
        let name: String = object.extract()?;
        Format::from_name(&name)
            .map(|format| DeltaFormatName(format.delta()))
            .ok_or_else(|| unknown(object.py(), "delta format", &name, "native or librsync"))
    }
}

pub(crate) fn delta_format_name(format: DeltaFormat) -> &'static str {
    match format {
        DeltaFormat::Native => "native",
        DeltaFormat::Librsync => "librsync",
    }
}

/// The argument `strong_length`: `None`, `"minimum"`, `"max"` or a number of bytes.
pub(crate) struct StrongLengthArgument(StrongLength);

impl<'py> FromPyObject<'_, 'py> for StrongLengthArgument {
    type Error = PyErr;

    fn extract(object: Borrowed<'_, 'py, PyAny>) -> PyResult<StrongLengthArgument> {
        if object.is_none() {
            return Ok(StrongLengthArgument(StrongLength::Auto));
        }
        if let Ok(name) = object.extract::<String>() {
            return match name.as_str() {
                "minimum" => Ok(StrongLengthArgument(StrongLength::Minimum)),
                "max" => Ok(StrongLengthArgument(StrongLength::Max)),
                _ => Err(unknown(object.py(), "strong length", &name, "minimum, max or a number of bytes")),
            };
        }
        let bytes: i64 = object.extract().map_err(|_| {
            PyTypeError::new_err("strong_length must be None, \"minimum\", \"max\" or a number of bytes")
        })?;
        u8::try_from(bytes)
            .map(|bytes| StrongLengthArgument(StrongLength::Bytes(bytes)))
            .map_err(|_| invalid_argument(object.py(), format!("strong length {bytes} is out of bounds")))
    }
}

/// How to make a signature.
pub(crate) fn signature_options(
    py: Python<'_>,
    format: FormatName,
    block_length: Option<i64>,
    strong_length: StrongLengthArgument,
    basis_length: Option<u64>,
    workers: usize,
) -> PyResult<SignatureOptions> {
    let mut options = SignatureOptions::new(format.0)
        .strong_length(strong_length.0)
        .basis_length(basis_length)
        .workers(workers);
    if let Some(bytes) = block_length {
        let bytes = u32::try_from(bytes)
            .map_err(|_| invalid_argument(py, format!("block length {bytes} is out of bounds")))?;
        options = options.block_length(bytes);
    }
    Ok(options)
}

/// How to make a delta; `compression` is a level of zstd or `None`.
pub(crate) fn delta_options(
    py: Python<'_>,
    compression: Option<i32>,
    mode: &str,
    generation: i64,
    check: bool,
    workers: usize,
) -> PyResult<DeltaOptions> {
    let mode = match mode {
        "exact" => LibrsyncMode::Exact,
        "compact" => LibrsyncMode::Compact,
        _ => return Err(unknown(py, "mode", mode, "exact or compact")),
    };
    let generation = match generation {
        1 => LibrsyncGeneration::G1,
        2 => LibrsyncGeneration::G2,
        _ => return Err(unknown(py, "generation", &generation.to_string(), "1 or 2")),
    };
    Ok(DeltaOptions::new()
        .compression(compression.map_or(Compression::None, Compression::Zstd))
        .mode(mode)
        .generation(generation)
        .check(check)
        .workers(workers))
}
