//! Statistics in librsync's words (docs/spec/librsync.md §11.8). In: counters. Out: a sentence.

use std::fmt;

use crate::delta::format::librsync::CommandCounts;

/// What was done, shown as librsync shows it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Statistics<'a> {
    /// `signature`, `loadsig`, `delta` or `patch`.
    pub operation: &'a str,
    /// Commands of a delta.
    pub commands: CommandCounts,
    /// Bytes in literals.
    pub literal_bytes: i64,
    /// Bytes copied.
    pub copied_bytes: i64,
    /// Commands and bytes of signatures within deltas, which no release of librsync makes.
    pub in_place: (i64, i64),
    /// Blocks that matched and were not the same, which no release of librsync counts.
    pub false_matches: i64,
    /// Blocks of a signature.
    pub blocks: i64,
    /// Bytes in one.
    pub block_length: usize,
    /// Bytes read.
    pub input: i64,
    /// Bytes written.
    pub output: i64,
    /// How long it took, in seconds; less than 1 is shown as 1.
    pub seconds: i64,
}

impl fmt::Display for Statistics<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} statistics: ", self.operation)?;
        let CommandCounts { literals, literal_command_bytes, copies, copy_command_bytes } = self.commands;
        if literals != 0 {
            let bytes = self.literal_bytes;
            write!(f, "literal[{literals} cmds, {bytes} bytes, {literal_command_bytes} cmdbytes] ")?;
        }
        if self.in_place.0 != 0 {
            write!(f, "in-place-signature[{} cmds, {} bytes] ", self.in_place.0, self.in_place.1)?;
        }
        if copies != 0 || self.false_matches != 0 {
            let (bytes, wrong) = (self.copied_bytes, self.false_matches);
            write!(f, "copy[{copies} cmds, {bytes} bytes, {copy_command_bytes} cmdbytes, {wrong} false]")?;
        }
        if self.blocks != 0 {
            write!(f, "signature[{} blocks, {} bytes per block]", self.blocks, self.block_length)?;
        }
        let seconds = self.seconds.max(1);
        let [read, written] = [self.input, self.output].map(|bytes| bytes as f64 / 1e6);
        let [read_rate, written_rate] = [read, written].map(|megabytes| megabytes / seconds as f64);
        write!(
            f,
            " speed[{read:.1} MB ({read_rate:.1} MB/s) in, {written:.1} MB ({written_rate:.1} MB/s) out, {seconds} sec]"
        )
    }
}

/// How often blocks were looked for and found, shown as librsync shows it.
///
/// What librsync counts beside these describes its own index; a match stands for one of each here.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct MatchStatistics {
    /// Positions of new files at which a block was looked for.
    pub searches: u64,
    /// Blocks found.
    pub matches: u64,
}

impl MatchStatistics {
    /// Of a delta that copies `copied_bytes` in blocks of `block_length` and carries the rest.
    pub fn of(copied_bytes: u64, literal_bytes: u64, block_length: u32) -> MatchStatistics {
        let matches = copied_bytes.div_ceil(u64::from(block_length.max(1)));
        MatchStatistics { searches: literal_bytes.saturating_add(matches), matches }
    }
}

impl fmt::Display for MatchStatistics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let MatchStatistics { searches, matches } = self;
        // What C prints for nothing of nothing, where nothing was looked for.
        let share = |scale: f64| match searches {
            0 => "-nan".to_owned(),
            _ => format!("{:.3}", scale * *matches as f64 / *searches as f64),
        };
        let (percent, ratio) = (share(100.0), share(1.0));
        write!(
            f,
            "match statistics: signature[{searches} searches, {matches} ({percent}%) matches, {matches} ({ratio}x) weak \
             sum compares, {matches} ({percent}%) strong sum compares, {matches} ({percent}%) strong sum calcs]"
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_specifications_examples() {
        // docs/spec/librsync.md §11.8
        let commands =
            CommandCounts { literals: 1, literal_command_bytes: 3, copies: 2, copy_command_bytes: 9 };
        let delta = Statistics {
            operation: "delta",
            commands,
            literal_bytes: 262,
            copied_bytes: 4744,
            ..Statistics::default()
        };
        assert_eq!(
            delta.to_string(),
            "delta statistics: literal[1 cmds, 262 bytes, 3 cmdbytes] copy[2 cmds, 4744 bytes, 9 cmdbytes, 0 false] \
             speed[0.0 MB (0.0 MB/s) in, 0.0 MB (0.0 MB/s) out, 1 sec]"
        );
        let signature = Statistics {
            operation: "signature",
            blocks: 20,
            block_length: 256,
            input: 123_456_789,
            output: 1_000_000,
            seconds: 3,
            ..Statistics::default()
        };
        assert_eq!(
            signature.to_string(),
            "signature statistics: signature[20 blocks, 256 bytes per block] speed[123.5 MB (41.2 MB/s) in, 1.0 MB (0.3 MB/s) \
             out, 3 sec]"
        );
    }
}
