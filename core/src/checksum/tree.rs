//! The BLAKE3 of a whole file, merged from the chaining values of its blocks. In: blocks in file order. Out:
//! each block's chaining value, and in the end the hash (BLAKE3 paper §2.5; `blake3::hazmat`).

use blake3::hazmat::{self, ChainingValue, HasherExt, Mode};

/// Hashes a file block by block, and the file from the blocks.
#[derive(Clone, Debug)]
pub struct TreeHasher {
    block_length: u64,
    /// Roots of the whole subtrees so far, largest first: one for each bit of `blocks`, of which the last block is held back.
    stack: Vec<ChainingValue>,
    blocks: u64,
    last: Option<ChainingValue>,
    /// The first block while it is the only one: it may be the whole file, and is then the root.
    only: Option<Box<blake3::Hasher>>,
}

impl TreeHasher {
    /// A hasher for blocks of `block_length` bytes: a power of two, at least 1024.
    ///
    /// # Panics
    /// If it is not.
    pub fn new(block_length: u32) -> TreeHasher {
        assert!(
            block_length.is_power_of_two() && block_length >= 1024,
            "a block is a subtree of BLAKE3's tree"
        );
        TreeHasher {
            block_length: u64::from(block_length),
            stack: Vec::new(),
            blocks: 0,
            last: None,
            only: None,
        }
    }

    /// Takes the next block, whose chaining value is returned. Only the last block may be short.
    pub fn add_block(&mut self, block: &[u8]) -> ChainingValue {
        let mut hasher = blake3::Hasher::new();
        hasher.set_input_offset(self.blocks * self.block_length).update(block);
        let chaining_value = hasher.finalize_non_root();
        self.add_chaining_value(chaining_value);
        self.only = (self.blocks == 1).then(|| Box::new(hasher));
        chaining_value
    }

    /// Takes the chaining value of the next block, hashed elsewhere. It must not be the only block of the file.
    pub fn add_chaining_value(&mut self, chaining_value: ChainingValue) {
        self.push_last();
        self.last = Some(chaining_value);
        self.only = None;
        self.blocks += 1;
    }

    /// The hash of the file.
    pub fn finish(self) -> [u8; 32] {
        let Some(last) = self.last else {
            return *blake3::hash(&[]).as_bytes();
        };
        let mut stack = self.stack;
        let Some(first) = stack.pop() else {
            let only = self.only.expect("the only block of a file is not hashed elsewhere");
            return *only.finalize().as_bytes();
        };
        let (mut left, mut right) = (first, last);
        while let Some(next) = stack.pop() {
            right = hazmat::merge_subtrees_non_root(&left, &right, Mode::Hash);
            left = next;
        }
        *hazmat::merge_subtrees_root(&left, &right, Mode::Hash).as_bytes()
    }

    fn push_last(&mut self) {
        let Some(mut value) = self.last.take() else { return };
        let mut trailing = self.blocks;
        while trailing & 1 == 0 {
            let left = self.stack.pop().expect("one subtree for each bit of the count");
            value = hazmat::merge_subtrees_non_root(&left, &value, Mode::Hash);
            trailing >>= 1;
        }
        self.stack.push(value);
    }
}

/// Bytes that each of several threads hashes at a time.
const SHARE: usize = 16 << 20;

/// The BLAKE3 of `data`, by up to `workers` threads.
pub fn hash(data: &[u8], workers: usize) -> [u8; 32] {
    if workers <= 1 || data.len() <= SHARE {
        return *blake3::hash(data).as_bytes();
    }
    let shares: Vec<&[u8]> = data.chunks(SHARE).collect();
    let mut values = vec![[0; 32]; shares.len()];
    let each = shares.len().div_ceil(workers);
    std::thread::scope(|scope| {
        for (part, (shares, values)) in shares.chunks(each).zip(values.chunks_mut(each)).enumerate() {
            scope.spawn(move || {
                for (i, (share, value)) in shares.iter().zip(values).enumerate() {
                    let offset = (part * each + i) as u64 * SHARE as u64;
                    *value = blake3::Hasher::new().set_input_offset(offset).update(share).finalize_non_root();
                }
            });
        }
    });
    let mut tree = TreeHasher::new(SHARE as u32);
    values.into_iter().for_each(|value| tree.add_chaining_value(value));
    tree.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn threads_do_not_change_the_hash() {
        for length in [0, 1, SHARE, SHARE + 1, 3 * SHARE + 5] {
            let data: Vec<u8> = (0..length).map(|i| (i % 253) as u8).collect();
            assert_eq!(hash(&data, 3), *blake3::hash(&data).as_bytes(), "{length}");
        }
    }
}
