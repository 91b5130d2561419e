//! Any bytes as a delta against a small basis: no panic, never more output than the limit.

#![no_main]

use libfuzzer_sys::fuzz_target;
use syncline::delta::patch_limited;

const BASIS: &[u8] = b"The quick brown fox jumps over the lazy dog\n";
const LIMIT: u64 = 1 << 20;

fuzz_target!(|delta: &[u8]| {
    if let Ok(new) = patch_limited(BASIS, delta, LIMIT) {
        assert!(new.len() as u64 <= LIMIT);
    }
});
