//! Help and version, made from the table of options. Out: text.

use std::fmt::Write as _;

use super::exit;
use syncline::options::{Negation, OptionSpec, TABLE};

/// The usage and every option.
pub(crate) fn text(program: &str) -> String {
    let mut text = format!(
        "Usage: {program} [OPTION]... SRC [SRC]... DEST\n  or   {program} [OPTION]... SRC [SRC]... [USER@]HOST:DEST\n  \
         or   {program} [OPTION]... [USER@]HOST:SRC [DEST]\n\nOptions\n"
    );
    for spec in
        TABLE.iter().filter(|spec| spec.is_built() && !matches!(spec.long, "server" | "sender" | "daemon"))
    {
        let _ = writeln!(text, "{:<24} {}", names(spec), spec.help);
    }
    let refused: Vec<String> =
        TABLE.iter().filter(|spec| !spec.is_built()).map(OptionSpec::display_name).collect();
    let _ = writeln!(text, "\nKnown, and not supported yet:\n{}", refused.join(" "));
    text
}

fn names(spec: &OptionSpec) -> String {
    // What is on without being asked for is only ever turned off.
    let prefix = if spec.long == "implied-dirs" { "no-" } else { "" };
    let mut names = Vec::new();
    if !spec.long.is_empty() {
        let argument = spec.argument.map(|name| format!("={name}")).unwrap_or_default();
        names.push(format!("--{prefix}{}{argument}", spec.long));
    }
    names.extend(spec.short.map(|letter| format!("-{letter}")));
    names.join(", ")
}

/// The manual page of transfers, in roff.
pub fn manual() -> String {
    let roff = |text: &str| text.replace('\\', "\\\\").replace('-', "\\-");
    let mut text = String::from(
        ".TH SYNCLINE\\-TRANSFER 1\n.SH NAME\nsyncline\\-transfer \\- copy trees of files, here or to and from another host\n\
         .SH SYNOPSIS\n.B syncline\n[\\fIoption\\fR]... \\fIsource\\fR... [\\fIdestination\\fR]\n.SH DESCRIPTION\n\
         Copies files as rsync does, and speaks with any rsync at the other end. A source or the destination may be on \
         another host, as [\\fIuser\\fR@]\\fIhost\\fR:\\fIpath\\fR. Without a destination the sources are listed. \
         Started under the name \\fBrsync\\fR it prints what rsync prints. With \\fB\\-\\-json\\fR every event is an object \
         on a line of its own.\n.SH OPTIONS\n",
    );
    for spec in
        TABLE.iter().filter(|spec| spec.is_built() && !matches!(spec.long, "server" | "sender" | "daemon"))
    {
        let _ = writeln!(text, ".TP\n.B {}\n{}.", roff(&names(spec)), roff(spec.help));
        if spec.negation != Negation::None && !spec.long.is_empty() && spec.long != "implied-dirs" {
            let _ = writeln!(text, "Turned off by \\fB\\-\\-no\\-{}\\fR.", roff(spec.long));
        }
    }
    text.push_str(".SH EXIT STATUS\n");
    for code in (0..=35).filter(|code| exit::meaning(*code) != exit::meaning(u8::MAX)) {
        let _ = writeln!(text, ".TP\n.B {code}\n{}.", roff(exit::meaning(code)));
    }
    text.push_str(".SH SEE ALSO\n.BR syncline (1)\n");
    text
}

/// The first line is what scripts read.
pub(super) fn version(program: &str) -> String {
    format!(
        "{program}  version {}  protocol version 32\nChecksum list:\n    xxh128 xxh3 xxh64 md5 md4 sha1 none\n\
         Compress list:\n    zstd lz4 zlibx zlib none\n",
        env!("CARGO_PKG_VERSION")
    )
}

/// The same in JSON.
pub(super) fn version_json(program: &str) -> String {
    format!(
        "{{\n  \"program\": \"{program}\",\n  \"version\": \"{}\",\n  \"protocol\": \"32.0\",\n  \"checksum_list\": [\n    \
         \"xxh128\", \"xxh3\", \"xxh64\", \"md5\", \"md4\", \"sha1\", \"none\"\n  ],\n  \"compress_list\": [\n    \
         \"zstd\", \"lz4\", \"zlibx\", \"zlib\", \"none\"\n  ]\n}}\n",
        env!("CARGO_PKG_VERSION")
    )
}
