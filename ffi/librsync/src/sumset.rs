//! Loaded signatures. In: a signature. Out: the index that delta jobs share, and words about both.
//!
//! What C holds is a handle to shared content: a job that uses a signature keeps it alive, so that the two may be freed in any order.

use std::fmt::Write;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};

use syncline::checksum::WeakKind;
use syncline::delta::librsync::{MatchStatistics, magic_of};
use syncline::delta::{IndexedSignature, Signature};

use crate::guard::guarded;
use crate::log;
use crate::result::rs_result;

/// A signature in C's hands; opaque.
pub struct rs_signature_t(Arc<Sumset>);

/// The content of a signature.
#[derive(Default)]
pub(crate) struct Sumset {
    loaded: OnceLock<Arc<Signature>>,
    indexed: OnceLock<IndexedSignature>,
    searches: AtomicU64,
    matches: AtomicU64,
}

impl rs_signature_t {
    pub(crate) fn hand_out(sumset: &Arc<Sumset>) -> *mut rs_signature_t {
        Box::into_raw(Box::new(rs_signature_t(Arc::clone(sumset))))
    }

    pub(crate) fn sumset(&self) -> &Arc<Sumset> {
        &self.0
    }
}

impl Sumset {
    pub(crate) fn load(&self, signature: Signature) {
        // A job loads once.
        let _ = self.loaded.set(Arc::new(signature));
    }

    /// The signature, once loading has succeeded.
    pub(crate) fn signature(&self) -> Option<&Arc<Signature>> {
        self.loaded.get()
    }

    /// The signature and its index, made now if it was not before; `None` if there are no blocks to look for.
    pub(crate) fn index(&self) -> Option<&IndexedSignature> {
        let signature = self.signature().filter(|signature| signature.block_count() > 0)?;
        Some(self.indexed.get_or_init(|| IndexedSignature::new(Arc::clone(signature))))
    }

    /// Adds what a delta looked for and found.
    pub(crate) fn count(&self, found: MatchStatistics) {
        self.searches.fetch_add(found.searches, Ordering::Relaxed);
        self.matches.fetch_add(found.matches, Ordering::Relaxed);
    }

    fn dump(&self) {
        let Some(signature) = self.signature() else {
            return;
        };
        log::information(format_args!(
            "sumset info: magic={:#x}, block_len={}, block_num={}",
            magic_of(signature.format()).unwrap_or(0),
            signature.block_length(),
            signature.block_count()
        ));
        let strong = signature.strong().chunks(usize::from(signature.strong_length()).max(1));
        for (i, (weak, strong)) in signature.weak().iter().zip(strong).enumerate() {
            let weak = if signature.format().weak() == WeakKind::Rollsum { mixed(*weak) } else { *weak };
            let strong = strong.iter().fold(String::new(), |mut text, byte| {
                let _ = write!(text, "{byte:02x}");
                text
            });
            log::information(format_args!("sum {i:6}: weak={weak:08x}, strong={strong}"));
        }
    }

    fn log_statistics(&self) {
        log::information(MatchStatistics {
            searches: self.searches.load(Ordering::Relaxed),
            matches: self.matches.load(Ordering::Relaxed),
        });
    }
}

/// MurmurHash3's 32-bit finalizer, by which the original indexes rollsums (docs/spec/librsync.md §11.8).
fn mixed(weak: u32) -> u32 {
    let mut mixed = (weak ^ (weak >> 16)).wrapping_mul(0x85eb_ca6b);
    mixed = (mixed ^ (mixed >> 13)).wrapping_mul(0xc2b2_ae35);
    mixed ^ (mixed >> 16)
}

/// Indexes the signature for deltas.
///
/// # Safety
/// `signature` is null or live.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rs_build_hash_table(signature: *mut rs_signature_t) -> rs_result {
    // SAFETY: the caller's promise.
    let Some(signature) = (unsafe { signature.as_ref() }) else {
        return rs_result::PARAM_ERROR;
    };
    guarded(rs_result::INTERNAL_ERROR, || {
        signature.sumset().index();
        rs_result::DONE
    })
}

/// Frees the signature; jobs that use it keep what they need.
///
/// # Safety
/// `signature` is null or live, and the caller gives it up.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rs_free_sumset(signature: *mut rs_signature_t) {
    if !signature.is_null() {
        // SAFETY: signatures are made by `hand_out` with `Box::into_raw`, and the caller gives this one up.
        let signature = unsafe { Box::from_raw(signature) };
        guarded((), || drop(signature));
    }
}

/// Logs the signature, a line for each block.
///
/// # Safety
/// `signature` is null or live.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rs_sumset_dump(signature: *const rs_signature_t) {
    // SAFETY: the caller's promise.
    if let Some(signature) = unsafe { signature.as_ref() } {
        guarded((), || signature.sumset().dump());
    }
}

/// Logs how often blocks were looked for and found.
///
/// # Safety
/// `signature` is null or live.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rs_signature_log_stats(signature: *const rs_signature_t) {
    // SAFETY: the caller's promise.
    if let Some(signature) = unsafe { signature.as_ref() } {
        guarded((), || signature.sumset().log_statistics());
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn rollsums_are_shown_mixed() {
        // docs/spec/librsync.md §11.8, and a value of the original's.
        assert_eq!(super::mixed(0x0304_0183), 0x674f_1fb2);
        assert_eq!(super::mixed(0x41b9_07b6), 0x6db9_3768);
    }
}
