//! Any bytes as a delta: no panic, and the same operations whatever the pieces.

#![no_main]

use libfuzzer_sys::fuzz_target;
use syncline::ErrorKind;
use syncline::delta::{DeltaDecoder, Op};

/// Bytes copied and literal bytes, and how it ended.
fn decode(bytes: &[u8], cut: usize) -> (u64, u64, Option<ErrorKind>) {
    let (mut copied, mut literal) = (0u64, 0u64);
    let mut decoder = DeltaDecoder::new();
    let mut sink = |op: Op<'_>| {
        assert!(op.length() > 0, "no operation is empty");
        match op {
            Op::Copy { offset, length } => {
                assert!(offset.checked_add(length).is_some(), "no copy wraps around");
                copied = copied.wrapping_add(length);
            }
            Op::Literal(bytes) => literal += bytes.len() as u64,
        }
        Ok(())
    };
    let end = bytes.chunks(cut).try_for_each(|piece| decoder.update(piece, &mut sink)).and_then(|()| decoder.finish());
    (copied, literal, end.err().map(|error| error.kind()))
}

fuzz_target!(|bytes: &[u8]| {
    assert_eq!(decode(bytes, usize::MAX), decode(bytes, 5));
});
