//! The five functions of the delta door, each a conversion around one call into core. In: inputs and options. Out: promises.

use napi::Env;
use napi::bindgen_prelude::{Object, Uint8Array};
use napi_derive::napi;
use syncline::files::{self, FileBasis};

use crate::control::Control;
use crate::input::{Content, Input, Output};
use crate::options::{DeltaSettings, SignatureSettings};
use crate::report::{DeltaSummary, InspectionSummary, PatchSummary, SignatureSummary};
use crate::work::spawn;

#[napi(object, object_from_js = false)]
pub struct MadeSignature {
    /// The signature, if it went to memory.
    pub bytes: Option<Uint8Array>,
    pub report: SignatureSummary,
}

#[napi]
pub fn signature<'env>(
    env: &'env Env,
    control: &Control,
    basis: Input,
    settings: SignatureSettings,
    output: Output,
) -> napi::Result<Object<'env>> {
    let (control, basis, output) = (control.share(), basis.copy(), output.destination());
    spawn(env, control, move |control| {
        let options = settings.parse()?;
        let (bytes, report) = output.write(|target, output| {
            control.watch(|control| files::signature(basis.source(), target, &options, output, control))
        })?;
        Ok(MadeSignature { bytes, report: report.into() })
    })
}

#[napi(object, object_from_js = false)]
pub struct MadeDelta {
    /// The delta, if it went to memory.
    pub bytes: Option<Uint8Array>,
    pub report: DeltaSummary,
}

#[napi]
pub fn delta<'env>(
    env: &'env Env,
    control: &Control,
    signature: Input,
    new_content: Input,
    settings: DeltaSettings,
    output: Output,
) -> napi::Result<Object<'env>> {
    let (control, output) = (control.share(), output.destination());
    let (signature, new) = (signature.copy(), new_content.copy());
    spawn(env, control, move |control| {
        let options = settings.parse()?;
        let (bytes, report) = output.write(|target, output| {
            control.watch(|control| {
                files::delta(signature.source(), new.source(), target, &options, output, control)
            })
        })?;
        Ok(MadeDelta { bytes, report: report.into() })
    })
}

#[napi]
pub fn diff<'env>(
    env: &'env Env,
    control: &Control,
    old: Input,
    new_content: Input,
    settings: DeltaSettings,
    output: Output,
) -> napi::Result<Object<'env>> {
    let (control, output) = (control.share(), output.destination());
    let (old, new) = (old.copy(), new_content.copy());
    spawn(env, control, move |control| {
        let (options, format) = (settings.parse()?, settings.delta_format()?);
        let (bytes, report) = output.write(|target, output| {
            control.watch(|control| match &old {
                Content::Path(old) => {
                    files::diff(old, new.source(), target, format, &options, output, control)
                }
                Content::Bytes(old) => {
                    files::diff_from(old, new.source(), target, format, &options, output, control)
                }
            })
        })?;
        Ok(MadeDelta { bytes, report: report.into() })
    })
}

#[napi(object, object_from_js = false)]
pub struct MadePatch {
    /// The new file, if it went to memory.
    pub bytes: Option<Uint8Array>,
    pub report: PatchSummary,
}

#[napi]
pub fn patch<'env>(
    env: &'env Env,
    control: &Control,
    basis: Input,
    delta: Input,
    output: Output,
) -> napi::Result<Object<'env>> {
    let (control, output) = (control.share(), output.destination());
    let (basis, delta) = (basis.copy(), delta.copy());
    spawn(env, control, move |control| {
        let (bytes, report) = output.write(|target, output| {
            control.watch(|control| match &basis {
                Content::Path(basis) => files::patch(basis, delta.source(), target, output, control),
                Content::Bytes(basis) => files::patch_from(basis, delta.source(), target, output, control),
            })
        })?;
        Ok(MadePatch { bytes, report: report.into() })
    })
}

#[napi]
pub fn inspect<'env>(env: &'env Env, control: &Control, input: Input) -> napi::Result<Object<'env>> {
    let (control, input) = (control.share(), input.copy());
    spawn(env, control, move |control| {
        control.watch(|control| files::inspect(input.source(), control)).map(InspectionSummary::from)
    })
}

impl Content {
    /// As an old file that a patch reads from.
    pub(crate) fn into_basis(self) -> syncline::Result<Box<dyn syncline::delta::Basis + Send>> {
        Ok(match self {
            Content::Path(path) => Box::new(FileBasis::open(&path)?),
            Content::Bytes(bytes) => Box::new(bytes),
        })
    }
}
