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
    last: Option<Last>,
}

/// The latest block; whether it is the whole file is only known at the end.
#[derive(Clone, Debug)]
struct Last {
    chaining_value: ChainingValue,
    hasher: blake3::Hasher,
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
        }
    }

    /// Takes the next block, whose chaining value is returned. Only the last block may be short.
    pub fn add_block(&mut self, block: &[u8]) -> ChainingValue {
        self.push_last();
        let mut hasher = blake3::Hasher::new();
        hasher
            .set_input_offset(self.blocks * self.block_length)
            .update(block);
        let chaining_value = hasher.finalize_non_root();
        self.last = Some(Last {
            chaining_value,
            hasher,
        });
        self.blocks += 1;
        chaining_value
    }

    /// Takes the chaining value of the next block, hashed elsewhere. It must not be the only block of the file.
    pub fn add_chaining_value(&mut self, chaining_value: ChainingValue) {
        self.push_last();
        self.last = Some(Last {
            chaining_value,
            hasher: blake3::Hasher::new(),
        });
        self.blocks += 1;
    }

    /// The hash of the file.
    pub fn finish(self) -> [u8; 32] {
        let Some(last) = self.last else {
            return *blake3::hash(&[]).as_bytes();
        };
        let mut stack = self.stack;
        let Some(first) = stack.pop() else {
            return *last.hasher.finalize().as_bytes();
        };
        let (mut left, mut right) = (first, last.chaining_value);
        while let Some(next) = stack.pop() {
            right = hazmat::merge_subtrees_non_root(&left, &right, Mode::Hash);
            left = next;
        }
        *hazmat::merge_subtrees_root(&left, &right, Mode::Hash).as_bytes()
    }

    fn push_last(&mut self) {
        let Some(last) = self.last.take() else { return };
        let mut value = last.chaining_value;
        let mut trailing = self.blocks;
        while trailing & 1 == 0 {
            let left = self
                .stack
                .pop()
                .expect("one subtree for each bit of the count");
            value = hazmat::merge_subtrees_non_root(&left, &value, Mode::Hash);
            trailing >>= 1;
        }
        self.stack.push(value);
    }
}
