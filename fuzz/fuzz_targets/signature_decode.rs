//! Any bytes as a signature: no panic, and what is read is written again.

#![no_main]

use libfuzzer_sys::fuzz_target;
use syncline::delta::{Signature, SignatureLoader};

fuzz_target!(|bytes: &[u8]| {
    let whole = Signature::decode(bytes);
    let mut loader = SignatureLoader::new();
    let pieces = bytes.chunks(7).try_for_each(|piece| loader.update(piece)).and_then(|()| loader.finish());
    match (whole, pieces) {
        (Ok(whole), Ok(pieces)) => {
            assert!(whole == pieces, "the pieces make no difference");
            let again = Signature::decode(&whole.encode()).expect("what is written can be read");
            assert!(again == whole, "what is written is what was read");
        }
        (Err(whole), Err(pieces)) => assert_eq!(whole.kind(), pieces.kind()),
        (whole, pieces) => panic!("{:?} in one piece, {:?} in several", whole.err(), pieces.err()),
    }
});
