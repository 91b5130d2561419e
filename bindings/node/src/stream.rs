//! The machines under the Transform streams. In: a piece of input at a time. Out: a promise of a piece of output each.
//!
//! Each step is a piece of work of its own on libuv's pool; a stream asks for the next one when the last has ended.

use std::sync::{Arc, Mutex, PoisonError};

use napi::bindgen_prelude::{Either3, Uint8Array};
use napi_derive::napi;
use syncline::delta::{Basis, DeltaBuilder, PatchStream, SignatureBuilder};
use syncline::files;
use syncline::{Error, ErrorKind, Result};

use crate::input::Input;
use crate::options::{DeltaSettings, SignatureSettings};
use crate::report::{DeltaSummary, PatchSummary, SignatureSummary};
use crate::work::{Promised, queue};

/// The most bytes of a new file that come out of a patch in one piece.
const PIECE: usize = 256 << 10;

/// A machine that takes input and gives output piece by piece.
#[napi]
pub struct Machine {
    state: Arc<Mutex<State>>,
}

enum State {
    /// Opening may read files and take a while, and is therefore the first piece of work.
    Unopened(Box<dyn FnOnce() -> Result<State> + Send>),
    Signature {
        builder: Box<SignatureBuilder>,
        length: u64,
    },
    Delta(Box<DeltaBuilder>),
    Patch {
        stream: Box<PatchStream>,
        basis: Box<dyn Basis + Send>,
    },
    Done,
}

/// A piece of output.
#[napi(object, object_from_js = false)]
pub struct Piece {
    pub bytes: Uint8Array,
    /// Whether [`Machine::pull`] may have more, before it can take more input.
    pub more: bool,
    /// What was done, with the last piece.
    pub report: Option<Either3<SignatureSummary, DeltaSummary, PatchSummary>>,
}

impl Piece {
    fn of(bytes: Vec<u8>) -> Piece {
        Piece { bytes: bytes.into(), more: false, report: None }
    }
}

#[napi]
impl Machine {
    #[napi(factory)]
    pub fn signature(settings: SignatureSettings) -> Machine {
        Machine::new(move || {
            let builder = Box::new(SignatureBuilder::new(&settings.parse()?)?);
            Ok(State::Signature { builder, length: 0 })
        })
    }

    #[napi(factory)]
    pub fn delta(signature: Input, settings: DeltaSettings) -> Machine {
        let signature = signature.copy();
        Machine::new(move || {
            let options = settings.parse()?;
            let signature = files::load_signature(signature.source(), &mut files::Control::new())?;
            Ok(State::Delta(Box::new(DeltaBuilder::new(Arc::new(signature), &options)?)))
        })
    }

    #[napi(factory)]
    pub fn patch(basis: Input) -> Machine {
        let basis = basis.copy();
        Machine::new(move || Ok(State::Patch { stream: Box::default(), basis: basis.into_basis()? }))
    }

    /// Opens what the machine needs. Comes first.
    #[napi]
    pub fn open(&self) -> Promised<Piece> {
        self.step(|state| {
            let State::Unopened(open) = state else { return Err(out_of_turn()) };
            Ok((open()?, Piece::of(Vec::new())))
        })
    }

    /// Takes the next piece of input.
    #[napi]
    pub fn update(&self, input: Uint8Array) -> Promised<Piece> {
        let input = input.to_vec();
        self.step(move |mut state| {
            let piece = match &mut state {
                State::Signature { builder, length } => {
                    builder.update(&input);
                    *length += input.len() as u64;
                    Piece::of(Vec::new())
                }
                State::Delta(builder) => {
                    let mut bytes = Vec::new();
                    builder.update(&input, &mut bytes)?;
                    Piece::of(bytes)
                }
                State::Patch { stream, basis } => {
                    stream.push(&input);
                    pull(stream, basis.as_ref())?
                }
                State::Unopened(_) | State::Done => return Err(out_of_turn()),
            };
            Ok((state, piece))
        })
    }

    /// Gives the next piece of output that needs no more input.
    #[napi]
    pub fn pull(&self) -> Promised<Piece> {
        self.step(|mut state| {
            let piece = match &mut state {
                State::Patch { stream, basis } => pull(stream, basis.as_ref())?,
                State::Signature { .. } | State::Delta(_) => Piece::of(Vec::new()),
                State::Unopened(_) | State::Done => return Err(out_of_turn()),
            };
            Ok((state, piece))
        })
    }

    /// Ends the input, gives the rest of the output, and says what was done.
    #[napi]
    pub fn finish(&self) -> Promised<Piece> {
        self.step(|state| {
            let (bytes, report) = match state {
                State::Signature { builder, length } => {
                    let signature = builder.finish();
                    let bytes = signature.encode();
                    let report = SignatureSummary {
                        basis_length: length as f64,
                        block_length: signature.block_length().into(),
                        strong_length: signature.strong_length().into(),
                        blocks: signature.block_count() as f64,
                        signature_length: bytes.len() as f64,
                    };
                    (bytes, Either3::A(report))
                }
                State::Delta(builder) => {
                    let mut bytes = Vec::new();
                    let report = builder.finish(&mut bytes)?;
                    (bytes, Either3::B(report.into()))
                }
                State::Patch { mut stream, .. } => (Vec::new(), Either3::C(stream.finish()?.into())),
                State::Unopened(_) | State::Done => return Err(out_of_turn()),
            };
            Ok((State::Done, Piece { report: Some(report), ..Piece::of(bytes) }))
        })
    }

    fn new(open: impl FnOnce() -> Result<State> + Send + 'static) -> Machine {
        Machine { state: Arc::new(Mutex::new(State::Unopened(Box::new(open)))) }
    }

    /// Queues one step. One that fails, or panics, leaves the machine done.
    fn step(&self, step: impl FnOnce(State) -> Result<(State, Piece)> + Send + 'static) -> Promised<Piece> {
        let shared = Arc::clone(&self.state);
        queue(move || {
            let mut shared = shared.lock().unwrap_or_else(PoisonError::into_inner);
            let (state, piece) = step(std::mem::replace(&mut *shared, State::Done))?;
            *shared = state;
            Ok(piece)
        })
    }
}

fn pull(stream: &mut PatchStream, basis: &dyn Basis) -> Result<Piece> {
    let mut bytes = vec![0; PIECE];
    let count = stream.pull(basis, &mut bytes)?;
    bytes.truncate(count);
    Ok(Piece { more: count == PIECE, ..Piece::of(bytes) })
}

fn out_of_turn() -> Error {
    Error::new(ErrorKind::InvalidState, "the stream has ended or failed, or is not open yet")
}
