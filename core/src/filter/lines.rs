//! Files of rules taken apart (`docs/spec/wire-2-filelist.md` §7.2.2, §7.2.3, §7.6).

use super::rule::MAX_RULE;

/// The patterns CVS ignores by default.
pub(super) const CVS_DEFAULTS: &[u8] = b"RCS SCCS CVS CVS.adm RCSLOG cvslog.* tags TAGS .make.state .nse_depinfo \
    *~ #* .#* ,* _$* *$ *.old *.bak *.BAK *.orig *.rej .del-* *.a *.olb *.o *.obj *.so *.exe *.Z *.elc *.ln core \
    .svn/ .git/ .hg/ .bzr/";

/// How a file is separated into rules.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Separation {
    /// At line ends, with comments.
    Lines,
    /// At NUL, with comments.
    Nul,
    /// At white space, without comments.
    Words,
}

/// The rules in `content`, each with the number of its line, from 1. Comments, empty ones and overlong ones are left out.
pub(super) fn split(content: &[u8], separation: Separation) -> impl Iterator<Item = (usize, &[u8])> {
    let ends = move |byte: &u8| match separation {
        Separation::Lines => matches!(byte, b'\n' | b'\r'),
        Separation::Nul => *byte == 0,
        Separation::Words => byte.is_ascii_whitespace() || *byte == 0x0b,
    };
    content.split(ends).zip(1usize..).map(|(rule, number)| (number, rule)).filter(move |(_, rule)| {
        let comment = separation != Separation::Words && matches!(rule.first(), Some(b'#' | b';'));
        !rule.is_empty() && !comment && rule.len() <= MAX_RULE
    })
}
