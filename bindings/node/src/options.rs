//! Options. In: JavaScript's names and numbers. Out: core's types, or `INVALID_ARGUMENT`. The bounds of the numbers are core's to check.

use napi::bindgen_prelude::Either;
use napi_derive::napi;
use syncline::delta::{
    Compression, DeltaFormat, DeltaOptions, Format, LibrsyncGeneration, LibrsyncMode, SignatureOptions,
    StrongLength,
};
use syncline::{Error, ErrorKind, Result};

/// How to make a signature.
#[napi(object, object_to_js = false)]
pub struct SignatureSettings {
    pub format: Option<String>,
    pub block_length: Option<f64>,
    pub strong_length: Option<Either<String, f64>>,
    pub basis_length: Option<f64>,
    pub workers: Option<f64>,
}

/// How to make a delta.
#[napi(object, object_to_js = false)]
pub struct DeltaSettings {
    pub format: Option<String>,
    pub compression: Option<Either<String, f64>>,
    pub mode: Option<String>,
    pub generation: Option<f64>,
    pub check: Option<bool>,
    pub workers: Option<f64>,
}

impl SignatureSettings {
    pub(crate) fn parse(&self) -> Result<SignatureOptions> {
        let mut options = SignatureOptions::new(format(self.format.as_deref())?);
        if let Some(length) = small("blockLength", self.block_length)? {
            options = options.block_length(length);
        }
        options = options.strong_length(match &self.strong_length {
            None => StrongLength::Auto,
            Some(Either::A(name)) => match name.as_str() {
                "auto" => StrongLength::Auto,
                "minimum" => StrongLength::Minimum,
                "max" => StrongLength::Max,
                _ => return Err(unknown("strongLength", name, "auto, minimum, max or a number")),
            },
            Some(Either::B(bytes)) => {
                StrongLength::Bytes(small("strongLength", Some(*bytes))?.unwrap_or_default())
            }
        });
        options = options.basis_length(whole("basisLength", self.basis_length)?);
        Ok(options.workers(workers(self.workers)?))
    }
}

impl DeltaSettings {
    pub(crate) fn parse(&self) -> Result<DeltaOptions> {
        let mut options = DeltaOptions::new().check(self.check.unwrap_or_default());
        match &self.compression {
            None => {}
            Some(Either::A(name)) if name == "none" => options = options.compression(Compression::None),
            Some(Either::A(name)) if name == "zstd" => options = options.compression(Compression::default()),
            Some(Either::A(name)) => {
                return Err(unknown("compression", name, "none, zstd or a level from 1 to 19"));
            }
            Some(Either::B(level)) => {
                let level = small("compression", Some(*level))?.unwrap_or_default();
                options = options.compression(Compression::Zstd(level));
            }
        }
        match self.mode.as_deref() {
            None => {}
            Some("exact") => options = options.mode(LibrsyncMode::Exact),
            Some("compact") => options = options.mode(LibrsyncMode::Compact),
            Some(name) => return Err(unknown("mode", name, "exact or compact")),
        }
        match small("generation", self.generation)? {
            None => {}
            Some(1u8) => options = options.generation(LibrsyncGeneration::G1),
            Some(2) => options = options.generation(LibrsyncGeneration::G2),
            Some(number) => return Err(unknown("generation", &number.to_string(), "1 or 2")),
        }
        Ok(options.workers(workers(self.workers)?))
    }

    /// The format of the delta, where no signature says it.
    pub(crate) fn delta_format(&self) -> Result<DeltaFormat> {
        Ok(format(self.format.as_deref())?.delta())
    }
}

fn format(name: Option<&str>) -> Result<Format> {
    let Some(name) = name else { return Ok(Format::default()) };
    Format::from_name(name).ok_or_else(|| {
        let names: Vec<_> = Format::ALL.iter().map(|format| format.name()).collect();
        unknown("format", name, &format!("{}, librsync or rdiff", names.join(", ")))
    })
}

/// One thread, unless told otherwise; 0 is one for each processor.
fn workers(count: Option<f64>) -> Result<usize> {
    Ok(match small("workers", count)?.unwrap_or(1) {
        0 => std::thread::available_parallelism().map_or(1, usize::from),
        count => count,
    })
}

fn unknown(name: &str, value: &str, known: &str) -> Error {
    Error::new(ErrorKind::InvalidArgument, format!("unknown {name} {value:?}: use {known}"))
}

/// A whole number that a JavaScript number holds exactly.
pub(crate) fn whole(name: &str, value: Option<f64>) -> Result<Option<u64>> {
    const MAX_SAFE: f64 = 9_007_199_254_740_991.0;
    let Some(number) = value else { return Ok(None) };
    if number.fract() != 0.0 || !(0.0..=MAX_SAFE).contains(&number) {
        return Err(Error::new(
            ErrorKind::InvalidArgument,
            format!("{name} must be a whole number from 0 up, not {number}"),
        ));
    }
    Ok(Some(number as u64))
}

/// A whole number that fits into `T`.
fn small<T: TryFrom<u64>>(name: &str, value: Option<f64>) -> Result<Option<T>> {
    let Some(number) = whole(name, value)? else { return Ok(None) };
    match T::try_from(number) {
        Ok(number) => Ok(Some(number)),
        Err(_) => Err(Error::new(ErrorKind::InvalidArgument, format!("{name} is too large: {number}"))),
    }
}
